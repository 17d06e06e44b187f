//! The binary from outside: arguments and environment in, exit code, stdout and stderr out.

mod configuration;
mod desk;
mod help;
mod keys;
mod machine;
