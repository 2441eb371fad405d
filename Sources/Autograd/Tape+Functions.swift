import Requirements
import TensorCore

// The operations without parameters. Legend: T tokens (rows), C channels.
extension Tape {
  /// y = x · Φ(x), the exact GELU (Hendrycks & Gimpel 2016). Rule: dx = dy · (Φ(x) + x · φ(x)).
  public func gelu(_ x: Variable<Scalar>) -> Variable<Scalar> {
    let y = matrix(x.value.rows, x.value.columns)
    context.forEachPart(of: y.count, grain: 1 << 13) { part in
      Scalar.gelu(part.count, x.value.pointer + part.lowerBound, y.pointer + part.lowerBound)
    }
    return record(.gelu, y) { [self] dy in
      let dx = matrix(dy.rows, dy.columns)
      context.forEachPart(of: dy.count, grain: 1 << 13) { part in
        let start = part.lowerBound
        Scalar.geluGradient(
          part.count, x.value.pointer + start, dy.pointer + start, dx.pointer + start)
      }
      addGradient(to: x, sharing: dx)
    }
  }

  /// z = x + y. Rule: dx = dy = dz.
  public func add(_ x: Variable<Scalar>, _ y: Variable<Scalar>) -> Variable<Scalar> {
    require(
      x.value.rows == y.value.rows && x.value.columns == y.value.columns,
      "the sum of \(x.value.shape) and \(y.value.shape)")
    let z = matrix(x.value.rows, x.value.columns)
    context.forEachPart(of: z.count, grain: 1 << 14) { part in
      let start = part.lowerBound
      (z.pointer + start).update(from: x.value.pointer + start, count: part.count)
      Scalar.add(part.count, y.value.pointer + start, to: z.pointer + start)
    }
    return record(.add, z) { [self] dz in
      addGradient(to: x, sharing: dz)
      addGradient(to: y, sharing: dz)
    }
  }

  /// softmax(q · kᵀ / sqrt(headDim)) · v inside each block of the map (Vaswani et al. 2017):
  /// [T, 3 · heads · headDim], channels (q, k, v) × (head, headDim), → [T, heads · headDim].
  ///
  /// The rule is `AttentionKernel.backward`'s.
  ///
  /// - Parameter dropout: Drops attention probabilities; nil: none.
  public func attention(
    _ qkv: Variable<Scalar>, map: FeatureMap, heads: Int, dropout: DropoutKey? = nil
  ) -> Variable<Scalar> {
    require(
      heads > 0 && qkv.value.columns % (3 * heads) == 0,
      "\(qkv.value.columns) channels are not queries, keys and values of \(heads) heads")
    requireMaps(qkv, positions: map.positions)
    let out = matrix(qkv.value.rows, qkv.value.columns / 3)
    let mask = dropout.map { key in
      dropoutMask(
        key, rows: shards.samples.count,
        columns: context.probabilitiesPerSample(map: map, heads: heads))
    }
    let probabilities = context.attention(
      qkv.value, map: map, heads: heads, mask: mask, into: out)
    return record(.attention, out) { [self] dout in
      let dqkv = matrix(qkv.value.rows, qkv.value.columns)
      context.attentionGradient(
        qkv.value, probabilities: probabilities, map: map, heads: heads, mask: mask, dout: dout,
        into: dqkv)
      addGradient(to: qkv, sharing: dqkv)
    }
  }

  /// 3 × 3 maximum, stride 2, padding 1: [samples · side², C] → [samples · (side/2)², C].
  ///
  /// Rule: dy goes to the element that was the maximum.
  public func maxPool(_ x: Variable<Scalar>, side: Int) -> Variable<Scalar> {
    require(side % 2 == 0, "a map of side \(side) does not halve")
    requireMaps(x, positions: side * side)
    let y = matrix(x.value.rows / 4, x.value.columns)
    let taps = context.maxPool(x.value, side: side, into: y)
    return record(.maxPool, y) { [self] dy in
      let dx = matrix(x.value.rows, x.value.columns)
      context.maxPoolGradient(dy, taps: taps, side: side, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// The mean over each sample's positions: [samples · positions, C] → [samples, C].
  ///
  /// Rule: dx = dy / positions.
  public func mean(_ x: Variable<Scalar>, positions: Int) -> Variable<Scalar> {
    requireMaps(x, positions: positions)
    let y = matrix(x.value.rows / positions, x.value.columns)
    context.meanOverPositions(x.value, positions: positions, into: y)
    return record(.mean, y) { [self] dy in
      let dx = matrix(x.value.rows, x.value.columns)
      context.meanGradient(dy, positions: positions, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// y = x · mask with mask 0 or 1 / (1 − probability) (Srivastava et al. 2014): [T, C].
  ///
  /// Rule: dx = dy · mask.
  ///
  /// - Parameter group: Neighbouring channels that are dropped together.
  public func dropout(_ x: Variable<Scalar>, _ key: DropoutKey, group: Int = 1) -> Variable<Scalar>
  {
    require(
      group > 0 && x.value.columns % group == 0,
      "\(x.value.columns) channels are not dropped \(group) at a time")
    let mask = dropoutMask(key, rows: x.value.rows, columns: x.value.columns / group)
    let y = matrix(x.value.rows, x.value.columns)
    context.multiply(x.value, mask: mask, group: group, into: y)
    return record(.dropout, y) { [self] dy in
      let dx = matrix(dy.rows, dy.columns)
      context.multiply(dy, mask: mask, group: group, into: dx)
      addGradient(to: x, sharing: dx)
    }
  }

  /// Mean cross-entropy over the whole batch of softmax(logits): [samples, classes].
  ///
  /// Rule: dlogits = (softmax − one-hot) / batch size.
  ///
  /// - Returns: Each sample's loss, not divided by the batch size.
  public func crossEntropy(_ logits: Variable<Scalar>, labels: [Int]) -> [Double] {
    let gradient = matrix(logits.value.rows, logits.value.columns)
    let losses = context.crossEntropy(
      logits.value, labels: labels, batchSize: shards.batchSize, gradient: gradient)
    recordSource(.crossEntropy) { [self] in addGradient(to: logits, sharing: gradient) }
    return losses
  }
}
