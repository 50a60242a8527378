;; Whether all floats in the first $bytes bytes of the memory lie in a range around 0. The bytes of this
;; module are in value-range-bytes.ts, and a test compares the two.
;;
;; Floats are compared by their bits, which takes half the work: as signed integers, the positive ones come in
;; order, with NaN last, after all the negative ones; as unsigned integers, the negative ones come in reverse
;; order, with NaN last, after all the positive ones. So the signed maximum tells whether any is above the
;; range, and the unsigned maximum whether any is below.
(module
  (memory (export "memory") 1)
  ;; $bytes is a multiple of 64; $low and $high are the bits of the ends, of which the lower has its sign set.
  (func (export "scan") (param $bytes i32) (param $low i32) (param $high i32) (result i32)
    (local $at i32)
    ;; Two chains of maxima, so that one need not wait for the other.
    (local $signed_a v128) (local $unsigned_a v128)
    (local $signed_b v128) (local $unsigned_b v128)
    (local $v v128)
    (local.set $signed_b
      (local.tee $signed_a (i32x4.splat (i32.const 0x80000000))))
    (loop $more
      (local.set $signed_a
        (i32x4.max_s (local.tee $v (v128.load offset=0 (local.get $at))) (local.get $signed_a)))
      (local.set $unsigned_a (i32x4.max_u (local.get $v) (local.get $unsigned_a)))
      (local.set $signed_b
        (i32x4.max_s (local.tee $v (v128.load offset=16 (local.get $at))) (local.get $signed_b)))
      (local.set $unsigned_b (i32x4.max_u (local.get $v) (local.get $unsigned_b)))
      (local.set $signed_a
        (i32x4.max_s (local.tee $v (v128.load offset=32 (local.get $at))) (local.get $signed_a)))
      (local.set $unsigned_a (i32x4.max_u (local.get $v) (local.get $unsigned_a)))
      (local.set $signed_b
        (i32x4.max_s (local.tee $v (v128.load offset=48 (local.get $at))) (local.get $signed_b)))
      (local.set $unsigned_b (i32x4.max_u (local.get $v) (local.get $unsigned_b)))
      (br_if $more
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 64)))
          (local.get $bytes))))
    (i32.eqz
      (v128.any_true
        (v128.or
          (i32x4.gt_s
            (i32x4.max_s (local.get $signed_a) (local.get $signed_b))
            (i32x4.splat (local.get $high)))
          (i32x4.gt_u
            (i32x4.max_u (local.get $unsigned_a) (local.get $unsigned_b))
            (i32x4.splat (local.get $low))))))))
