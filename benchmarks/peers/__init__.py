"""The servers beside which Hubbub is measured; they speak the part of its contract that the workloads use."""
