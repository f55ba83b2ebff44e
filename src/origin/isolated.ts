/**
 * Calls what may run an application's handlers in the midst of our own work. What they throw is thrown where nobody is in the
 * middle of anything, and so is as fatal as it would be without us, but breaks nothing of ours.
 */
export function isolated(call: () => void): void {
  try {
    call();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
