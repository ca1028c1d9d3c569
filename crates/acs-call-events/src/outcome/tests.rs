//! Each pair of the table.
