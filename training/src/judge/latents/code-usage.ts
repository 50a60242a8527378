export interface CodeUsage {
  /** exp of the entropy of how often each code is chosen, from 1 to the number of codes. */
  readonly perplexity: number;
  /** Codes that are never chosen. */
  readonly dead: number;
  readonly codes: number;
}

/** How evenly the entries of a codebook are chosen (van den Oord et al. 2017, §4). */
export function codeUsage(counts: ArrayLike<number>): CodeUsage {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  let entropy = 0;
  let dead = 0;
  for (let i = 0; i < counts.length; i++) {
    const share = (counts[i] as number) / total;
    if (share > 0) entropy -= share * Math.log(share);
    else dead += 1;
  }
  return { perplexity: Math.exp(entropy), dead, codes: counts.length };
}
