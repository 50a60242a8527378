/** Thrown by a kernel's lowering for a case that it does not cover; collected and reported together. */
export class Unsupported extends Error {}
