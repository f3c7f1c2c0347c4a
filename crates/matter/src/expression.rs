//! Guards and routing conditions.
