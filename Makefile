# make demo   the whole job on simulated cards, with nothing to plug in; on a terminal it stays up with the desk page
# make test   everything that CI runs
# Both install what they need first (.ci/setup), and do so only once.

TEST_ENV := target/test-env/bin

.PHONY: help demo test lint licences advisories
help:
	@sed -n 's/^# \(make .*\)/  \1/p' $(MAKEFILE_LIST)

demo:
	@.ci/setup build
	@test -t 1 || once=--once; cargo run --locked -- demo $$once

# Most tests wait, above all for pcscd's next look at its readers: several of them share a processor.
test:
	@.ci/setup test
	@$(MAKE) --no-print-directory lint licences
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((4 * $$(nproc)))} cargo test --locked --workspace --no-fail-fast

# make lint   format, clippy and documentation, without the tests
lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet

licences:
	$(TEST_ENV)/cargo-deny --log-level error check bans licenses sources

# make advisories   known security problems of our dependencies; fetches the RustSec database
advisories:
	@.ci/setup test
	$(TEST_ENV)/cargo-deny check advisories
