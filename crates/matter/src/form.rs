//! Forms: the schema subset and validation.
