"""The rim: everything that reads or writes; the core imports none of it."""
