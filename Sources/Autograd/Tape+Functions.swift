import Compute
import Requirements

// The operations without parameters. Legend: T tokens (rows), C channels.
extension Tape {
  /// y = x · Φ(x), the exact GELU (Hendrycks & Gimpel 2016). Rule: dx = dy · (Φ(x) + x · φ(x)).
  public func gelu(_ x: Variable<Backend>) -> Variable<Backend> {
    let y = matrix(like: x)
    backend.gelu(x.value, into: y)
    return record(.gelu, y) { [self] dy in
      let dx = matrix(like: x)
      backend.geluGradient(x.value, dy: dy, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// z = x + y. Rule: dx = dy = dz.
  public func add(_ x: Variable<Backend>, _ y: Variable<Backend>) -> Variable<Backend> {
    require(
      x.value.rows == y.value.rows && x.value.columns == y.value.columns,
      "the sum of \(x.value.shape) and \(y.value.shape)")
    let z = matrix(like: x)
    backend.add(x.value, y.value, into: z)
    return record(.add, z) { [self] dz in
      addGradient(to: x, sharing: dz)
      addGradient(to: y, sharing: dz)
    }
  }

  /// softmax(q · kᵀ / sqrt(headDim)) · v inside each block of the map (Vaswani et al. 2017):
  /// [T, 3 · heads · headDim], channels (q, k, v) × (head, headDim), → [T, heads · headDim].
  ///
  /// Rule, with p the probabilities and m the mask: dv = (p ∘ m)ᵀ · dout, dp = m ∘ (dout · vᵀ), ds = p ∘
  /// (dp − Σ p ∘ dp) / sqrt(headDim), dq = ds · k, dk = dsᵀ · q.
  ///
  /// - Parameter dropout: Drops attention probabilities; nil: none.
  public func attention(
    _ qkv: Variable<Backend>, map: FeatureMap, heads: Int, dropout: DropoutKey? = nil
  ) -> Variable<Backend> {
    require(
      heads > 0 && qkv.value.columns % (3 * heads) == 0,
      "\(qkv.value.columns) channels are not queries, keys and values of \(heads) heads")
    requireMaps(qkv, positions: map.positions)
    let out = backend.matrix(qkv.value.rows, qkv.value.columns / 3)
    let mask = dropout.map { key in
      dropoutMask(
        key, rows: shards.samples.count,
        columns: map.probabilities(heads: heads))
    }
    let probabilities = backend.attention(
      qkv.value, map: map, heads: heads, mask: mask, into: out)
    return record(.attention, out) { [self] dout in
      let dqkv = matrix(like: qkv)
      backend.attentionGradient(
        qkv.value, probabilities: probabilities, map: map, heads: heads, mask: mask, dout: dout,
        into: dqkv)
      addGradient(to: qkv, sharing: dqkv)
    }
  }

  /// 3 × 3 maximum, stride 2, padding 1: [samples · side², C] → [samples · (side/2)², C].
  ///
  /// Rule: dy goes to the element that was the maximum.
  public func maxPool(_ x: Variable<Backend>, side: Int) -> Variable<Backend> {
    require(side % 2 == 0, "a map of side \(side) does not halve")
    requireMaps(x, positions: side * side)
    let y = backend.matrix(x.value.rows / 4, x.value.columns)
    let taps = backend.maxPool(x.value, side: side, into: y)
    return record(.maxPool, y) { [self] dy in
      let dx = matrix(like: x)
      backend.maxPoolGradient(dy, taps: taps, side: side, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// The mean over each sample's positions: [samples · positions, C] → [samples, C].
  ///
  /// Rule: dx = dy / positions.
  public func mean(_ x: Variable<Backend>, positions: Int) -> Variable<Backend> {
    requireMaps(x, positions: positions)
    let y = backend.matrix(x.value.rows / positions, x.value.columns)
    backend.meanOverPositions(x.value, positions: positions, into: y)
    return record(.mean, y) { [self] dy in
      let dx = matrix(like: x)
      backend.meanGradient(dy, positions: positions, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// y = x · mask with mask 0 or 1 / (1 − probability) (Srivastava et al. 2014): [T, C].
  ///
  /// Rule: dx = dy · mask.
  ///
  /// - Parameter group: Neighbouring channels that are dropped together.
  public func dropout(_ x: Variable<Backend>, _ key: DropoutKey, group: Int = 1) -> Variable<
    Backend
  > {
    require(
      group > 0 && x.value.columns % group == 0,
      "\(x.value.columns) channels are not dropped \(group) at a time")
    let mask = dropoutMask(key, rows: x.value.rows, columns: x.value.columns / group)
    let y = matrix(like: x)
    backend.multiply(x.value, mask: mask, group: group, into: y)
    return record(.dropout, y) { [self] dy in
      let dx = matrix(like: x)
      backend.multiply(dy, mask: mask, group: group, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// Mean cross-entropy over the whole batch of softmax(logits): [samples, classes].
  ///
  /// Rule: dlogits = (softmax − one-hot) / batch size.
  ///
  /// - Returns: Each sample's loss, not divided by the batch size.
  public func crossEntropy(_ logits: Variable<Backend>, labels: [Int]) -> [Double] {
    let gradient = matrix(like: logits)
    let losses = backend.crossEntropy(
      logits.value, labels: labels, batchSize: shards.batchSize, gradient: gradient)
    recordSource(.crossEntropy) { [self] in addGradient(to: logits, sharing: gradient) }
    return losses
  }

  /// Cross-entropy of softmax(logits), [samples, classes], against soft targets, summed over the whole
  /// batch and divided by the targets' divisor.
  ///
  /// Rule, with c the coefficients: dlogits = (Σ c · softmax − c) / divisor.
  ///
  /// - Returns: Each sample's loss, not divided.
  public func crossEntropy(_ logits: Variable<Backend>, targets: SoftTargets) -> [Double] {
    let gradient = matrix(like: logits)
    let losses = backend.crossEntropy(logits.value, targets: targets, gradient: gradient)
    recordSource(.softCrossEntropy) { [self] in addGradient(to: logits, sharing: gradient) }
    return losses
  }
}
