//! Names in one form.
