//! Behaviour, seen from outside: whole stdout, stderr and status.

mod archive;
