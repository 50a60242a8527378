/** Weight of the latest point: the last thirty or so matter. */
const SHARE = 0.03;

/** Points whose x all lie within a tenth of their mean say nothing of where a line through them meets the axis. */
const SPREAD = 0.01;

/**
 * A straight line through points with y of at least 0, by least squares; the latest points count most.
 *
 * @returns adds a point, and gives the y of the line at x = 0, at least 0: as it was last known where the points are too
 *   close, and 0 before
 */
export function fitLine(): (x: number, y: number) => number {
  // 1 / count, until the latest points count most.
  let share = 1;
  let meanX = 0;
  let meanY = 0;
  let variance = 0;
  let covariance = 0;
  let intercept = 0;
  return (x, y) => {
    const dx = x - meanX;
    const dy = y - meanY;
    const weight = share * (1 - share) * dx;
    meanX += share * dx;
    meanY += share * dy;
    variance += weight * dx - share * variance;
    covariance += weight * dy - share * covariance;
    share = Math.max(share / (1 + share), SHARE);
    if (variance > SPREAD * meanX ** 2) {
      intercept = Math.max(0, meanY - (covariance / variance) * meanX);
    }
    return intercept;
  };
}
