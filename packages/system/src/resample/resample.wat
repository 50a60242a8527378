;; The two passes of resampling, as core's resample.ts has them, four or sixteen values at a time. Each value of a line is
;; made by an entry of a table, all entries $entry bytes long: where the first pixel lies in its line, in bytes; how many
;; pixels there are; and the weight of each, all of 32 bits. Weights are multiples of 2⁻²², so that a sum begins with a
;; half (2²¹) and its value is what stands above those bits. Stores may go 15 bytes too far, into what is written next or
;; into room behind. The bytes of this module are in resample-bytes.ts, and a test compares the two.
(module
  (memory (export "memory") 1)

  ;; Lines of $stride bytes from $line up to $end become lines of $width pixels of $channels bytes from $out on.
  (func (export "rows")
    (param $line i32) (param $end i32) (param $stride i32) (param $table i32) (param $entry i32)
    (param $width i32) (param $channels i32) (param $out i32)
    (local $at i32) (local $x i32) (local $read i32) (local $weight i32) (local $last i32)
    (local $sum v128)
    (loop $lines
      (local.set $at (local.get $table))
      (local.set $x (local.get $width))
      (loop $pixels
        (local.set $read (i32.add (local.get $line) (i32.load (local.get $at))))
        (local.set $weight (i32.add (local.get $at) (i32.const 8)))
        (local.set $last
          (i32.add (local.get $weight) (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 2))))
        (local.set $sum (i32x4.splat (i32.const 0x200000)))
        (loop $taps
          (local.set $sum
            (i32x4.add (local.get $sum)
              (i32x4.mul
                (v128.load32_splat (local.get $weight))
                (i32x4.extend_low_i16x8_u
                  (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $read)))))))
          (local.set $read (i32.add (local.get $read) (local.get $channels)))
          (br_if $taps
            (i32.lt_u
              (local.tee $weight (i32.add (local.get $weight) (i32.const 4)))
              (local.get $last))))
        (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
        (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
        (v128.store32_lane 0 (local.get $out)
          (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
        (local.set $out (i32.add (local.get $out) (local.get $channels)))
        (local.set $at (i32.add (local.get $at) (local.get $entry)))
        (br_if $pixels (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
      (br_if $lines
        (i32.lt_u
          (local.tee $line (i32.add (local.get $line) (local.get $stride)))
          (local.get $end)))))

  ;; Lines of $stride bytes, which begin at $in, become as many lines as the table has entries up to $end, from $out on.
  (func (export "columns")
    (param $in i32) (param $stride i32) (param $table i32) (param $end i32) (param $entry i32)
    (param $out i32)
    (local $x i32) (local $read i32) (local $weight i32) (local $last i32)
    (local $factor v128) (local $low v128) (local $high v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $lines
      (local.set $x (i32.const 0))
      (loop $pixels
        (local.set $read
          (i32.add
            (i32.add (local.get $in) (i32.load (local.get $table)))
            (local.get $x)))
        (local.set $weight (i32.add (local.get $table) (i32.const 8)))
        (local.set $last
          (i32.add
            (local.get $weight)
            (i32.shl (i32.load offset=4 (local.get $table)) (i32.const 2))))
        (local.set $a (i32x4.splat (i32.const 0x200000)))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (loop $taps
          (local.set $factor (v128.load32_splat (local.get $weight)))
          (local.set $low (v128.load8x8_u (local.get $read)))
          (local.set $high (v128.load8x8_u offset=8 (local.get $read)))
          (local.set $a
            (i32x4.add (local.get $a)
              (i32x4.mul (local.get $factor) (i32x4.extend_low_i16x8_u (local.get $low)))))
          (local.set $b
            (i32x4.add (local.get $b)
              (i32x4.mul (local.get $factor) (i32x4.extend_high_i16x8_u (local.get $low)))))
          (local.set $c
            (i32x4.add (local.get $c)
              (i32x4.mul (local.get $factor) (i32x4.extend_low_i16x8_u (local.get $high)))))
          (local.set $d
            (i32x4.add (local.get $d)
              (i32x4.mul (local.get $factor) (i32x4.extend_high_i16x8_u (local.get $high)))))
          (local.set $read (i32.add (local.get $read) (local.get $stride)))
          (br_if $taps
            (i32.lt_u
              (local.tee $weight (i32.add (local.get $weight) (i32.const 4)))
              (local.get $last))))
        (v128.store (i32.add (local.get $out) (local.get $x))
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (local.get $a) (i32.const 22))
              (i32x4.shr_s (local.get $b) (i32.const 22)))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (local.get $c) (i32.const 22))
              (i32x4.shr_s (local.get $d) (i32.const 22)))))
        (br_if $pixels
          (i32.lt_u
            (local.tee $x (i32.add (local.get $x) (i32.const 16)))
            (local.get $stride))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (br_if $lines
        (i32.lt_u
          (local.tee $table (i32.add (local.get $table) (local.get $entry)))
          (local.get $end))))))
