import Compute
import Elementary
import Matrices

/// Scaled dot-product attention inside the blocks of a map, one block and head at a time.
///
/// Legend: T tokens (sample, position), I = heads · headDim, S tokens of a block.
struct AttentionKernel<Scalar: TensorScalar> {
  let map: FeatureMap
  let heads: Int
  let headDim: Int

  /// One sample: out [positions, I] from qkv [positions, 3·I]; `probabilities` are the softmax's
  /// output and `dropped` what multiplies v (the same memory where nothing is dropped).
  @_specialize(where Scalar == Float)
  func forward(
    qkv: UnsafePointer<Scalar>, out: UnsafeMutablePointer<Scalar>,
    probabilities: UnsafeMutablePointer<Scalar>, mask: UnsafePointer<Scalar>?
  ) {
    let inner = heads * headDim
    let count = map.sequence
    let scale = Scalar(1) / Scalar(headDim).squareRoot()
    for (block, positions) in map.blockPositions.enumerated() {
      for head in 0..<heads {
        let offset = (block * heads + head) * count * count
        for (i, row) in positions.enumerated() {
          let q = qkv + row * 3 * inner + head * headDim
          let p = probabilities + offset + i * count
          var largest = -Scalar.infinity
          for (j, other) in positions.enumerated() {
            let k = qkv + other * 3 * inner + inner + head * headDim
            var product: Scalar = 0
            for d in 0..<headDim { product += q[d] * k[d] }
            p[j] = product * scale
            largest = max(largest, p[j])
          }
          var total: Scalar = 0
          for j in 0..<count {
            p[j] = Scalar(Elementary.exp(Double(p[j] - largest)))
            total += p[j]
          }
          let to = out + row * inner + head * headDim
          for d in 0..<headDim { to[d] = 0 }
          for (j, other) in positions.enumerated() {
            p[j] /= total
            let weight = p[j] * (mask.map { $0[offset + i * count + j] } ?? 1)
            let v = qkv + other * 3 * inner + 2 * inner + head * headDim
            for d in 0..<headDim { to[d] += weight * v[d] }
          }
        }
      }
    }
  }

  /// One sample: dqkv from dout. With P the probabilities, W = P ∘ mask and dP = (dout · vᵀ) ∘ mask:
  /// dv = Wᵀ · dout, dS = P ∘ (dP − Σ P ∘ dP), dq = dS · k · scale, dk = dSᵀ · q · scale.
  @_specialize(where Scalar == Float)
  func backward(
    qkv: UnsafePointer<Scalar>, probabilities: UnsafePointer<Scalar>, mask: UnsafePointer<Scalar>?,
    dout: UnsafePointer<Scalar>, dqkv: UnsafeMutablePointer<Scalar>,
    row scratch: UnsafeMutablePointer<Scalar>
  ) {
    let inner = heads * headDim
    let count = map.sequence
    let scale = Scalar(1) / Scalar(headDim).squareRoot()
    dqkv.zero(count: map.positions * 3 * inner)
    for (block, positions) in map.blockPositions.enumerated() {
      for head in 0..<heads {
        let offset = (block * heads + head) * count * count
        for (i, row) in positions.enumerated() {
          let p = probabilities + offset + i * count
          let dy = dout + row * inner + head * headDim
          var dot: Scalar = 0
          for (j, other) in positions.enumerated() {
            let kept = mask.map { $0[offset + i * count + j] } ?? 1
            let v = qkv + other * 3 * inner + 2 * inner + head * headDim
            let dv = dqkv + other * 3 * inner + 2 * inner + head * headDim
            let weight = p[j] * kept
            var product: Scalar = 0
            for d in 0..<headDim {
              product += dy[d] * v[d]
              dv[d] += weight * dy[d]
            }
            scratch[j] = product * kept
            dot += p[j] * scratch[j]
          }
          let q = qkv + row * 3 * inner + head * headDim
          let dq = dqkv + row * 3 * inner + head * headDim
          for (j, other) in positions.enumerated() {
            let slope = p[j] * (scratch[j] - dot) * scale
            let k = qkv + other * 3 * inner + inner + head * headDim
            let dk = dqkv + other * 3 * inner + inner + head * headDim
            for d in 0..<headDim {
              dq[d] += slope * k[d]
              dk[d] += slope * q[d]
            }
          }
        }
      }
    }
  }
}
