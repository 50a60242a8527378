const icon = (paths: string): string =>
  `<svg viewBox="0 0 20 20" aria-hidden="true">${paths}</svg>`;

/** The drawings on the buttons. */
export const ICONS = {
  closer: icon('<path d="M10 4.5v11M4.5 10h11"/>'),
  further: icon('<path d="M4.5 10h11"/>'),
  whole: icon('<path d="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4"/>'),
  lasso: icon(
    '<path d="M10 3.5c4 0 7 2 7 4.7s-3 4.8-7 4.8-7-2.100-7-4.800 3-4.700 7-4.700z" stroke-dasharray="2.600 2.200"/><path d="M6 12.500c-1.600.8-1.600 3 .2 3.200 1.500.200 1.800-1.500.8-2.200"/>',
  ),
  density: icon(
    '<path d="M10 3.200c4 0 7 2.600 6.800 6.200-.2 4-3.200 7.400-7 7.400S3.200 13.700 3.200 10 6 3.200 10 3.200z"/><path d="M10.600 6.700c2 0 3.200 1.200 3 3-.2 2-1.700 3.600-3.600 3.600S7 12 7.100 10.200s1.500-3.500 3.500-3.500z"/><path d="M10.300 10h.01"/>',
  ),
  dark: icon(
    '<path d="M15.500 11.800A6.200 6.200 0 0 1 8.200 4.500 6.200 6.200 0 1 0 15.500 11.800z"/>',
  ),
} as const;
