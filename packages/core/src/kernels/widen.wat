;; pixel · scale + offset of the bytes up to $end, eight at a time: floats behind the pixels, from byte 16384 on.
;; Computed in double precision and rounded once, two numbers in a vector: $low holds the first two of four. The
;; bytes of this module are in widen-bytes.ts, and a test compares the two.
(module
  (memory (export "memory") 1)
  (func (export "widen") (param $end i32) (param $scale f64) (param $offset f64)
    (local $at i32)
    (local $bytes v128) (local $four v128) (local $low v128)
    (loop $more
      (local.set $bytes (v128.load8x8_u (local.get $at)))
      ;; Four floats of the low four bytes, which go to 4 · $at behind the pixels.
      (i32.shl (local.get $at) (i32.const 2))
      (local.tee $four (i32x4.extend_low_i16x8_u (local.get $bytes)))
      f64x2.convert_low_i32x4_s
      (f64x2.splat (local.get $scale)) f64x2.mul
      (f64x2.splat (local.get $offset)) f64x2.add
      f32x4.demote_f64x2_zero
      local.set $low
      local.get $low
      (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $four) (local.get $four))
      f64x2.convert_low_i32x4_s
      (f64x2.splat (local.get $scale)) f64x2.mul
      (f64x2.splat (local.get $offset)) f64x2.add
      f32x4.demote_f64x2_zero
      i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      v128.store offset=16384
      ;; Four floats of the high four bytes, which go to 4 · $at behind the pixels.
      (i32.shl (local.get $at) (i32.const 2))
      (local.tee $four (i32x4.extend_high_i16x8_u (local.get $bytes)))
      f64x2.convert_low_i32x4_s
      (f64x2.splat (local.get $scale)) f64x2.mul
      (f64x2.splat (local.get $offset)) f64x2.add
      f32x4.demote_f64x2_zero
      local.set $low
      local.get $low
      (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $four) (local.get $four))
      f64x2.convert_low_i32x4_s
      (f64x2.splat (local.get $scale)) f64x2.mul
      (f64x2.splat (local.get $offset)) f64x2.add
      f32x4.demote_f64x2_zero
      i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      v128.store offset=16400
      (br_if $more
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 8)))
          (local.get $end))))))
