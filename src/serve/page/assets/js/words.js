// The page's texts: one table per language, chosen by the browser.

import { plain } from "./dom.js";

const LANGUAGES = ["en", "de"];

let table = {};
let plurals = new Intl.PluralRules("en");

/** The language of the page, as Intl knows it. */
export let language = "en";

/** The language of its table. */
export const shortLanguage = () => document.documentElement.lang;

/** Loads the table of the first language that the browser wants and the page has, and fills in what the page shows at once. */
export async function loadWords() {
  const wanted = navigator.languages.find((tag) => LANGUAGES.includes(tag.slice(0, 2).toLowerCase())) ?? "en";
  const short = wanted.slice(0, 2).toLowerCase();
  const answer = await fetch(`/page/words/${short}.json`);
  table = await answer.json();
  language = wanted;
  plurals = new Intl.PluralRules(wanted);
  document.documentElement.lang = short;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = t(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
}

/** A sentence; `count` decides between its singular and its plural. What is put in keeps its direction to itself. */
export function t(key, values = {}) {
  const form = values.count === undefined ? key : `${key}.${plurals.select(values.count)}`;
  const sentence = table[form] ?? table[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, of) => (of === "count" ? values.count.toLocaleString(language) : `\u2068${plain(values[of], 120)}\u2069`));
}

/** With its full stop, where something follows. */
export const sentence = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);

export function has(key) {
  return key in table;
}

/** What went wrong and what to do now, by its code; `detail` is what the agent says itself, in English, for those who look after it. */
export function explain(error) {
  const [what, now] = table.errors?.[error?.code] ?? [t("error.unknown"), ""];
  return { what, now, detail: [error?.code, plain(error?.message, 300)].filter(Boolean).join(": ") };
}
