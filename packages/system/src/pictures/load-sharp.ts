import { LatentkitError } from '@latentkit/core';
import type sharp from 'sharp';
import { requireHere } from '../module/require-here.ts';

export type SharpModule = typeof sharp;

/**
 * Loads sharp, an optional peer: only programs that read or write image files need it. Bundlers leave it where it is: it
 * may be absent, and its native half fits into no bundle.
 */
export async function loadSharp(): Promise<SharpModule> {
  try {
    return requireHere()('sharp');
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      `Image files need the package sharp, which cannot be loaded: ${(cause as Error).message}\nWhat to do:\n  1. Install it: npm install sharp`,
      { cause },
    );
  }
}
