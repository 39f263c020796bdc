;; XXH64 with seed 0, and chains of block hashes over it.
;;
;; Memory: the eight bytes at 0 are the last hash (read as the chain's previous one, written as the result);
;; input and output lie where the caller puts them, clear of these bytes and of each other.
(module
  (memory (export "memory") 7)

  ;; Hash of the `len` bytes at `at`.
  (func $digest (param $at i32) (param $len i32) (result i64)
    (local $end i32)
    (local $h i64) (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (if (i32.ge_u (local.get $len) (i32.const 32))
      (then
        (local.set $a (i64.const 0x60ea27eeadc0b5d6)) ;; P1 + P2
        (local.set $b (i64.const 0xc2b2ae3d27d4eb4f)) ;; P2
        (local.set $d (i64.const 0x61c8864e7a143579)) ;; -P1
        (loop $stripe
          (local.set $a (i64.mul (i64.rotl (i64.add (local.get $a)
            (i64.mul (i64.load align=4 (local.get $at)) (i64.const 0xc2b2ae3d27d4eb4f))) (i64.const 31))
            (i64.const 0x9e3779b185ebca87)))
          (local.set $b (i64.mul (i64.rotl (i64.add (local.get $b)
            (i64.mul (i64.load offset=8 align=4 (local.get $at)) (i64.const 0xc2b2ae3d27d4eb4f))) (i64.const 31))
            (i64.const 0x9e3779b185ebca87)))
          (local.set $c (i64.mul (i64.rotl (i64.add (local.get $c)
            (i64.mul (i64.load offset=16 align=4 (local.get $at)) (i64.const 0xc2b2ae3d27d4eb4f))) (i64.const 31))
            (i64.const 0x9e3779b185ebca87)))
          (local.set $d (i64.mul (i64.rotl (i64.add (local.get $d)
            (i64.mul (i64.load offset=24 align=4 (local.get $at)) (i64.const 0xc2b2ae3d27d4eb4f))) (i64.const 31))
            (i64.const 0x9e3779b185ebca87)))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $stripe (i32.ge_u (i32.sub (local.get $end) (local.get $at)) (i32.const 32))))
        (local.set $h (i64.add
          (i64.add (i64.rotl (local.get $a) (i64.const 1)) (i64.rotl (local.get $b) (i64.const 7)))
          (i64.add (i64.rotl (local.get $c) (i64.const 12)) (i64.rotl (local.get $d) (i64.const 18)))))
        (local.set $h (call $merge (local.get $h) (local.get $a)))
        (local.set $h (call $merge (local.get $h) (local.get $b)))
        (local.set $h (call $merge (local.get $h) (local.get $c)))
        (local.set $h (call $merge (local.get $h) (local.get $d))))
      (else (local.set $h (i64.const 0x27d4eb2f165667c5)))) ;; P5
    (local.set $h (i64.add (local.get $h) (i64.extend_i32_u (local.get $len))))
    (block $no_more_words
      (loop $word
        (br_if $no_more_words (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)))
        (local.set $h (call $fold (local.get $h) (i64.load align=4 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $word)))
    (if (i32.ge_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4))
      (then
        (local.set $h (i64.add
          (i64.mul
            (i64.rotl
              (i64.xor (local.get $h)
                (i64.mul (i64.load32_u (local.get $at)) (i64.const 0x9e3779b185ebca87)))
              (i64.const 23))
            (i64.const 0xc2b2ae3d27d4eb4f))
          (i64.const 0x165667b19e3779f9)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $no_more_bytes
      (loop $byte
        (br_if $no_more_bytes (i32.eq (local.get $at) (local.get $end)))
        (local.set $h (i64.mul
          (i64.rotl
            (i64.xor (local.get $h) (i64.mul (i64.load8_u (local.get $at)) (i64.const 0x27d4eb2f165667c5)))
            (i64.const 11))
          (i64.const 0x9e3779b185ebca87)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (call $finish (local.get $h)))

  ;; Takes one of the four accumulators into the hash.
  (func $merge (param $h i64) (param $acc i64) (result i64)
    (i64.add
      (i64.mul
        (i64.xor (local.get $h)
          (i64.mul
            (i64.rotl (i64.mul (local.get $acc) (i64.const 0xc2b2ae3d27d4eb4f)) (i64.const 31))
            (i64.const 0x9e3779b185ebca87)))
        (i64.const 0x9e3779b185ebca87))
      (i64.const 0x85ebca77c2b2ae63)))

  ;; Takes eight bytes of the tail into the hash.
  (func $fold (param $h i64) (param $word i64) (result i64)
    (i64.add
      (i64.mul
        (i64.rotl
          (i64.xor (local.get $h)
            (i64.mul
              (i64.rotl (i64.mul (local.get $word) (i64.const 0xc2b2ae3d27d4eb4f)) (i64.const 31))
              (i64.const 0x9e3779b185ebca87)))
          (i64.const 27))
        (i64.const 0x9e3779b185ebca87))
      (i64.const 0x85ebca77c2b2ae63)))

  ;; Spreads every bit of the hash over all others.
  (func $finish (param $h i64) (result i64)
    (local.set $h (i64.mul (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 33)))
      (i64.const 0xc2b2ae3d27d4eb4f)))
    (local.set $h (i64.mul (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 29)))
      (i64.const 0x165667b19e3779f9)))
    (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 32))))

  ;; Writes the hash of the `len` bytes at `at` to 0.
  (func (export "hash") (param $at i32) (param $len i32)
    (i64.store (i32.const 0) (call $digest (local.get $at) (local.get $len))))

  ;; Hashes the blocks of `block` bytes in the `len` bytes at `at`; the last one may be shorter. Each hash covers the
  ;; block's digest and the hash before it, which for the first block is read from 0. Writes them to `out`, eight
  ;; bytes each, and the last one to 0.
  (func (export "chain") (param $at i32) (param $len i32) (param $block i32) (param $out i32)
    (local $end i32) (local $size i32) (local $h i64)
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (local.set $h (i64.load (i32.const 0)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $size (i32.sub (local.get $end) (local.get $at)))
        (if (i32.gt_u (local.get $size) (local.get $block)) (then (local.set $size (local.get $block))))
        ;; The digest of sixteen bytes: P5 + 16, then the two words.
        (local.set $h
          (call $finish
            (call $fold
              (call $fold (i64.const 0x27d4eb2f165667d5) (call $digest (local.get $at) (local.get $size)))
              (local.get $h))))
        (i64.store align=4 (local.get $out) (local.get $h))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (local.get $size)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $h))))
