import * as tf from '@tensorflow/tfjs-core';

/** The parameters of one planar step for each item. */
export interface PlanarParameters {
  /** [n, size] */
  readonly u: tf.Tensor2D;
  /** [n, size] */
  readonly w: tf.Tensor2D;
  /** [n, 1] */
  readonly b: tf.Tensor2D;
}

export interface FlowStep {
  /** [n, size] */
  readonly z: tf.Tensor2D;
  /** ln |det ∂z′/∂z|, [n, 1] */
  readonly logDet: tf.Tensor2D;
}

/** Keeps wᵀû above −1 by a margin that float32 can hold, and w·w above 0. */
const EPSILON = 1e-6;

/**
 * f(z) = z + û tanh(wᵀz + b), ln |det| = ln |1 + ûᵀψ|, ψ = (1 − tanh²) w (Rezende & Mohamed 2015,
 * eqs. 10–12). û moves u along w so that wᵀû > −1, without which f has no inverse (appendix A.1):
 * û = u + (m(wᵀu) − wᵀu) w / |w|², m(a) = softplus(a) − 1.
 */
export function planarStep(z: tf.Tensor2D, { u, w, b }: PlanarParameters): FlowStep {
  const dot = (a: tf.Tensor2D, c: tf.Tensor2D) => tf.sum<tf.Tensor2D>(tf.mul(a, c), 1, true);
  const wu = dot(w, u);
  const scale = tf.div(tf.sub(tf.sub(tf.softplus(wu), 1), wu), tf.add(dot(w, w), EPSILON));
  const uHat: tf.Tensor2D = tf.add(u, tf.mul(scale, w));
  const h = tf.tanh(tf.add(dot(w, z), b));
  const slope = tf.sub(1, tf.square(h));
  const determinant = tf.add(1, tf.mul(slope, dot(w, uHat)));
  return { z: tf.add(z, tf.mul(uHat, h)), logDet: tf.log(tf.add(tf.relu(determinant), EPSILON)) };
}
