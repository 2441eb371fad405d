import Compute
import Matrices

extension CPUBackend {
  /// Attention over `samples` samples: out [T, I] from qkv [T, 3·I], channels (q, k, v) × (head, d).
  ///
  /// - Returns: The probabilities, one row a sample, which the gradient needs.
  public func attention(
    _ qkv: Matrix, map: FeatureMap, heads: Int, mask: Matrix?,
    into out: Matrix
  ) -> Matrix {
    let kernel = AttentionKernel<Scalar>(
      map: map, heads: heads, headDim: qkv.columns / 3 / heads)
    let samples = qkv.rows / map.positions
    let probabilities = matrix(samples, map.probabilities(heads: heads))
    threads.run(samples) { sample, _ in
      kernel.forward(
        qkv: qkv.row(sample * map.positions), out: out.row(sample * map.positions),
        probabilities: probabilities.row(sample), mask: mask.map { UnsafePointer($0.row(sample)) })
    }
    return probabilities
  }

  /// The gradient of `attention`: dqkv [T, 3·I] from dout [T, I].
  public func attentionGradient(
    _ qkv: Matrix, probabilities: Matrix, map: FeatureMap, heads: Int,
    mask: Matrix?, dout: Matrix, into dqkv: Matrix
  ) {
    let kernel = AttentionKernel<Scalar>(
      map: map, heads: heads, headDim: qkv.columns / 3 / heads)
    withScratch(map.sequence) { scratch in
      threads.run(qkv.rows / map.positions) { sample, thread in
        kernel.backward(
          qkv: qkv.row(sample * map.positions), probabilities: probabilities.row(sample),
          mask: mask.map { UnsafePointer($0.row(sample)) }, dout: dout.row(sample * map.positions),
          dqkv: dqkv.row(sample * map.positions), row: scratch(thread))
      }
    }
  }
}
