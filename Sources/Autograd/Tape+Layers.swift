import Compute
import Requirements

// The operations with parameters: each a forward computation and a short gradient rule.
// Legend: T tokens (rows), I inputs, O outputs, C channels.
extension Tape {
  /// y = x · Wᵀ + bias + residual: [T, I] → [T, O]; W [O, I].
  ///
  /// Rule: dx = dy · W, dW = dyᵀ · x, dbias = Σ rows of dy, dresidual = dy.
  public func linear(
    _ x: Variable<Backend>, _ weight: Parameter, bias: Parameter? = nil,
    residual: Variable<Backend>? = nil
  ) -> Variable<Backend> {
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
    let y = backend.matrix(x.value.rows, outputs)
    backend.linear(
      shards, x.value, weights: slice(weight), bias: bias.map(slice), residual: residual?.value,
      into: y)
    return record(.linear, y) { [self] dy in
      if let residual { addGradient(to: residual, sharing: dy) }
      addGradient(to: x) { dx, adds in
        backend.linearInputGradient(shards, dy: dy, weights: slice(weight), into: dx, adds: adds)
      }
      if let nodes = gradientSlices(weight) {
        backend.linearWeightGradient(shards, dy: dy, x: x.value, into: nodes)
      }
      if let nodes = bias.flatMap(gradientSlices) {
        backend.biasGradient(shards, dy: dy, into: nodes)
      }
    }
  }

  /// y = (x − mean) / sqrt(variance + 1e-5) · gain + bias over the channels of each token: [T, C].
  ///
  /// Rule, with n = (x − mean) · scale and d = dy · gain: dx = scale · (d − mean(d) − n · mean(d · n)),
  /// dgain = Σ rows of dy · n, dbias = Σ rows of dy.
  public func norm(_ x: Variable<Backend>, gain: Parameter, bias: Parameter) -> Variable<Backend> {
    for parameter in [gain, bias] {
      require(
        parameter.count == x.value.columns,
        "\(parameter.name) of \(parameter.count) values on \(x.value.columns) channels")
    }
    use([gain, bias])
    let y = matrix(like: x)
    let statistics = backend.norm(x.value, gain: slice(gain), bias: slice(bias), into: y)
    return record(.norm, y) { [self] dy in
      addGradient(to: x) { dx, adds in
        backend.normInputGradient(
          x.value, gain: slice(gain), statistics: statistics, dy: dy, into: dx, adds: adds)
      }
      guard let gains = gradientSlices(gain), let biases = gradientSlices(bias) else { return }
      backend.normGainGradient(shards, x: x.value, statistics: statistics, dy: dy, into: gains)
      backend.biasGradient(shards, dy: dy, into: biases)
    }
  }

  /// 3 × 3 convolution with padding 1: [samples · side², I] → [samples · side², O]; W [tap, O, I].
  ///
  /// Rule: dx is the convolution of dy with the mirrored taps, dW[tap] = Σ dyᵀ · x where the tap
  /// reads, dbias = Σ rows of dy.
  public func convolution(
    _ x: Variable<Backend>, _ weight: Parameter, bias: Parameter, side: Int
  ) -> Variable<Backend> {
    require(
      x.value.columns == weight.columns && weight.rows % 9 == 0,
      "\(weight.name) [\(weight.rows), \(weight.columns)] on \(x.value.columns) channels")
    requireVector(bias, of: weight.rows / 9, for: weight)
    requireMaps(x, positions: side * side)
    use([weight, bias])
    let y = backend.matrix(x.value.rows, weight.rows / 9)
    backend.convolution(
      shards, x.value, side: side, weights: slice(weight), bias: slice(bias), into: y)
    return record(.convolution, y) { [self] dy in
      addGradient(to: x) { dx, adds in
        backend.convolutionInputGradient(
          shards, dy: dy, side: side, weights: slice(weight), into: dx, adds: adds)
      }
      if let nodes = gradientSlices(weight) {
        backend.convolutionWeightGradient(shards, dy: dy, x: x.value, side: side, into: nodes)
      }
      if let nodes = gradientSlices(bias) { backend.biasGradient(shards, dy: dy, into: nodes) }
    }
  }

  /// y = x + scalar[place of the token in its block]: [T, C]; scalars [sequence].
  ///
  /// Rule: dx = dy, dscalar = Σ of dy over the tokens at its place and all channels.
  public func addPositions(
    _ x: Variable<Backend>, _ scalars: Parameter, map: FeatureMap
  ) -> Variable<Backend> {
    require(
      scalars.count == map.sequence,
      "\(scalars.name) of \(scalars.count) values for blocks of \(map.sequence)")
    requireMaps(x, positions: map.positions)
    use([scalars])
    let y = matrix(like: x)
    backend.addPositions(x.value, scalars: slice(scalars), map: map, into: y)
    return record(.addPositions, y) { [self] dy in
      addGradient(to: x, sharing: dy)
      guard let nodes = gradientSlices(scalars) else { return }
      backend.positionGradient(shards, dy: dy, map: map, into: nodes)
    }
  }
}
