//! All that an account holds, region by region; what could not be read says so.
