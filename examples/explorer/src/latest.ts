/**
 * Asks for work at most once a frame, and never twice at a time: what was asked for meanwhile is done once, when
 * the work under way has ended, with whatever is there then.
 */
export function latest(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let asked = false;
  let working = false;
  const begin = () => {
    if (!asked || working) return;
    asked = false;
    working = true;
    requestAnimationFrame(() => {
      work()
        .catch(failed)
        .finally(() => {
          working = false;
          begin();
        });
    });
  };
  return () => {
    asked = true;
    begin();
  };
}
