//! inna
