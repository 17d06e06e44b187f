// Requests to the agent. A failure is an ApiError with the agent's code, or `agent_gone` where it did not answer.

export class ApiError extends Error {
  constructor(error, status) {
    super(error.message);
    this.error = error;
    this.status = status;
  }
}

const GONE = { code: "agent_gone", message: "The agent does not answer." };

let hearing = new AbortController();

/** Whether the agent is heard: what is asked of one that has fallen silent ends at once, instead of never. */
export function agentIsHeard(is) {
  if (!is) hearing.abort();
  else if (hearing.signal.aborted) hearing = new AbortController();
}

async function request(path, options) {
  const { signal } = hearing;
  let answer;
  try {
    answer = await fetch(path, { cache: "no-cache", signal, ...options });
  } catch {
    throw new ApiError(GONE, 0);
  }
  const body = await answer.json().catch(() => ({}));
  if (signal.aborted) throw new ApiError(GONE, 0);
  if (!answer.ok) throw new ApiError({ code: body.error?.type ?? `http_${answer.status}`, message: answer.statusText, ...body.error }, answer.status);
  return body;
}

export function get(path, values = {}) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
  return request(query.size > 0 ? `${path}?${query}` : path);
}

export function post(path, body = {}) {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
