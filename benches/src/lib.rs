//! Benches only: `micro/` holds one criterion file per operation, `scenarios/` whole runs of the binary, `results/` what
//! was measured where.
