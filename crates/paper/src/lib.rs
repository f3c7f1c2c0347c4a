//! Letters and reports as PDF, typeset by Typst.
