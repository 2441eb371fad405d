import Requirements
import TensorCore

// The operations with parameters: each a forward computation and a short gradient rule.
// Legend: T tokens (rows), I inputs, O outputs, C channels.
extension Tape {
  /// y = x · Wᵀ + bias + residual: [T, I] → [T, O]; W [O, I].
  ///
  /// Rule: dx = dy · W, dW = dyᵀ · x, dbias = Σ rows of dy, dresidual = dy.
  public func linear(
    _ x: Variable<Scalar>, _ weight: Parameter, bias: Parameter? = nil,
    residual: Variable<Scalar>? = nil
  ) -> Variable<Scalar> {
    require(
      x.value.columns == weight.columns,
      "\(weight.name) [\(weight.rows), \(weight.columns)] on \(x.value.columns) channels")
    let outputs = weight.rows
    requireVector(bias, of: outputs, for: weight)
    if let residual {
      require(
        residual.value.rows == x.value.rows && residual.value.columns == outputs,
        "\(weight.name) gives [\(x.value.rows), \(outputs)], and the residual is "
          + "\(residual.value.shape)")
    }
    use([weight, bias])
    let perSample = rowsPerSample(x.value.rows)
    let y = matrix(x.value.rows, outputs)
    context.product(
      shards, rowsPerSample: perSample, x.value, weights: pointer(weight), transposed: true, into: y
    ) { rows, columns in
      let tile = y.row(rows.lowerBound) + columns.lowerBound
      if let bias {
        Scalar.addBias(
          rows: rows.count, columns: columns.count, stride: outputs,
          pointer(bias) + columns.lowerBound, tile)
      }
      if let residual {
        for (index, row) in rows.enumerated() {
          Scalar.add(
            columns.count, residual.value.row(row) + columns.lowerBound,
            to: tile + index * outputs)
        }
      }
    }
    return record(.linear, y) { [self] dy in
      if let residual { addGradient(to: residual, sharing: dy) }
      addGradient(to: x) { dx, adds in
        context.product(
          shards, rowsPerSample: perSample, dy, weights: pointer(weight), transposed: false,
          into: dx, adding: adds)
      }
      if let nodes = gradientPointers(weight) {
        context.weightGradient(shards, rowsPerSample: perSample, dy: dy, x: x.value, nodes: nodes)
      }
      if let nodes = bias.flatMap(gradientPointers) { biasGradient(dy, nodes) }
    }
  }

  /// y = (x − mean) / sqrt(variance + 1e-5) · gain + bias over the channels of each token: [T, C].
  ///
  /// Rule, with n = (x − mean) · scale and d = dy · gain: dx = scale · (d − mean(d) − n · mean(d · n)),
  /// dgain = Σ rows of dy · n, dbias = Σ rows of dy.
  public func norm(_ x: Variable<Scalar>, gain: Parameter, bias: Parameter) -> Variable<Scalar> {
    let (rows, columns) = (x.value.rows, x.value.columns)
    for parameter in [gain, bias] {
      require(
        parameter.count == columns,
        "\(parameter.name) of \(parameter.count) values on \(columns) channels")
    }
    use([gain, bias])
    let y = matrix(rows, columns)
    let statistics = matrix(2, max(rows, 1))
    let (mean, scale) = (statistics.row(0), statistics.row(1))
    context.forEachRows(rows, columns: columns) { [self] part in
      let first = part.lowerBound
      Scalar.normalize(
        rows: part.count, columns: columns, x.value.row(first), gain: pointer(gain),
        bias: pointer(bias), epsilon: 1e-5, y.row(first), mean: mean + first, scale: scale + first)
    }
    return record(.norm, y) { [self] dy in
      addGradient(to: x) { dx, adds in
        context.forEachRows(rows, columns: columns) { part in
          let first = part.lowerBound
          Scalar.normalizeGradient(
            rows: part.count, columns: columns, x.value.row(first), gain: pointer(gain),
            mean: mean + first, scale: scale + first, dy.row(first), dx.row(first), adding: adds)
        }
      }
      guard let gains = gradientPointers(gain), let biases = gradientPointers(bias) else { return }
      normParameterGradients(
        x: x.value, statistics: statistics, dy: dy, gains: gains, biases: biases)
    }
  }

  /// 3 × 3 convolution with padding 1: [samples · side², I] → [samples · side², O]; W [tap, O, I].
  ///
  /// Rule: dx is the convolution of dy with the mirrored taps, dW[tap] = Σ dyᵀ · x where the tap
  /// reads, dbias = Σ rows of dy.
  public func convolution(
    _ x: Variable<Scalar>, _ weight: Parameter, bias: Parameter, side: Int
  ) -> Variable<Scalar> {
    require(
      x.value.columns == weight.columns && weight.rows % 9 == 0,
      "\(weight.name) [\(weight.rows), \(weight.columns)] on \(x.value.columns) channels")
    requireVector(bias, of: weight.rows / 9, for: weight)
    requireMaps(x, positions: side * side)
    use([weight, bias])
    let y = matrix(x.value.rows, weight.rows / 9)
    context.convolution(
      shards, x.value, side: side, weights: pointer(weight), bias: pointer(bias), into: y)
    return record(.convolution, y) { [self] dy in
      addGradient(to: x) { dx, adds in
        context.convolutionInputGradient(
          shards, dy: dy, side: side, weights: pointer(weight), into: dx, adding: adds)
      }
      if let nodes = gradientPointers(weight) {
        context.convolutionWeightGradient(shards, dy: dy, x: x.value, side: side, nodes: nodes)
      }
      if let nodes = gradientPointers(bias) { biasGradient(dy, nodes) }
    }
  }

  /// y = x + scalar[place of the token in its block]: [T, C]; scalars [sequence].
  ///
  /// Rule: dx = dy, dscalar = Σ of dy over the tokens at its place and all channels.
  public func addPositions(
    _ x: Variable<Scalar>, _ scalars: Parameter, map: FeatureMap
  ) -> Variable<Scalar> {
    require(
      scalars.count == map.sequence,
      "\(scalars.name) of \(scalars.count) values for blocks of \(map.sequence)")
    requireMaps(x, positions: map.positions)
    use([scalars])
    let y = matrix(x.value.rows, x.value.columns)
    context.addPositions(x.value, pointer(scalars), map: map, into: y)
    return record(.addPositions, y) { [self] dy in
      addGradient(to: x, sharing: dy)
      guard let nodes = gradientPointers(scalars) else { return }
      let sum = ShardSum<Scalar>(shards)
      context.withScratch(sum.scratchCount(map.sequence)) { scratch in
        sum.compute(
          rows: 1, columns: map.sequence, stride: map.sequence, nodes: nodes, scratch: scratch(0)
        ) { shard, block, _ in
          context.positionSums(dy, samples: shards.shards[shard], map: map, block)
        }
      }
    }
  }

  private func biasGradient(_ dy: Matrix<Scalar>, _ nodes: [UnsafeMutablePointer<Scalar>]) {
    let perSample = rowsPerSample(dy.rows)
    context.vectorGradient(shards, columns: dy.columns, nodes: nodes) { shard, columns, block in
      Scalar.columnSums(
        rows: shard.count * perSample, columns: columns.count, stride: dy.columns,
        dy.row(shard.lowerBound * perSample) + columns.lowerBound, block)
    }
  }

  private func normParameterGradients(
    x: Matrix<Scalar>, statistics: Matrix<Scalar>, dy: Matrix<Scalar>,
    gains: [UnsafeMutablePointer<Scalar>], biases: [UnsafeMutablePointer<Scalar>]
  ) {
    let perSample = rowsPerSample(dy.rows)
    context.vectorGradient(shards, columns: dy.columns, nodes: gains) { shard, columns, block in
      let first = shard.lowerBound * perSample
      withUnsafeTemporaryAllocation(of: Scalar.self, capacity: columns.count) { unused in
        Scalar.normalizeParameterGradients(
          rows: shard.count * perSample, columns: columns.count, stride: dy.columns,
          x.row(first) + columns.lowerBound, mean: statistics.row(0) + first,
          scale: statistics.row(1) + first, dy.row(first) + columns.lowerBound, gain: block,
          bias: unused.baseAddress!)
      }
    }
    biasGradient(dy, biases)
  }
}
