;; pixel · scale + offset of the bytes from $at up to $end, eight at a time, as floats from byte $to on. Computed in
;; double precision and rounded once, two numbers in a vector: each store takes the first two of four and the last
;; two. The bytes of this module are in widen-bytes.ts, and a test compares the two.
(module
  (memory (export "memory") 1)
  (func (export "widen")
    (param $at i32) (param $end i32) (param $to i32) (param $scale f64) (param $offset f64)
    (local $bytes v128) (local $four v128) (local $scales v128) (local $offsets v128)
    (local.set $scales (f64x2.splat (local.get $scale)))
    (local.set $offsets (f64x2.splat (local.get $offset)))
    (loop $more
      (local.set $bytes (v128.load8x8_u (local.get $at)))
      (local.set $four (i32x4.extend_low_i16x8_u (local.get $bytes)))
      (v128.store (local.get $to)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero
            (f64x2.add (local.get $offsets)
              (f64x2.mul (local.get $scales)
                (f64x2.convert_low_i32x4_s (local.get $four)))))
          (f32x4.demote_f64x2_zero
            (f64x2.add (local.get $offsets)
              (f64x2.mul (local.get $scales)
                (f64x2.convert_low_i32x4_s
                  (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
                    (local.get $four) (local.get $four))))))))
      (local.set $four (i32x4.extend_high_i16x8_u (local.get $bytes)))
      (v128.store offset=16 (local.get $to)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero
            (f64x2.add (local.get $offsets)
              (f64x2.mul (local.get $scales)
                (f64x2.convert_low_i32x4_s (local.get $four)))))
          (f32x4.demote_f64x2_zero
            (f64x2.add (local.get $offsets)
              (f64x2.mul (local.get $scales)
                (f64x2.convert_low_i32x4_s
                  (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
                    (local.get $four) (local.get $four))))))))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $more
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 8)))
          (local.get $end))))))
