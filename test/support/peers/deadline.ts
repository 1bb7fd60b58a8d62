/** How long any single step with a peer may take before the test fails: far more than it ever needs. */
export const deadlineMs = 10_000;
