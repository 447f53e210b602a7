# Everything that must pass before a change lands.
ci:
    bash .ci/run

test:
    cargo test

lint:
    cargo fmt --check && cargo clippy --all-targets -- -D warnings

# Golden files and the generated reference, after a wanted change.
write:
    NIGHTKEEP_WRITE=1 cargo test config
    NIGHTKEEP_WRITE=1 cargo test --test config_errors

# Whole stories on real servers; LAB names the tool that boots them.
story suite="bookworm":
    cargo build --release && lab/spine.py {{suite}}

# Idle cost beside peers, in one run.
bench:
    cargo build --release && bench/idle.py

# The same where this machine runs no systemd: in a container that does.
bench-systemd:
    cargo build --release && bench/idle-systemd.sh
