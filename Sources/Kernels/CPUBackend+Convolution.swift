import CKernels
import Compute
import Matrices

/// The 3 × 3 convolution with padding 1 over token matrices, as one product a position and tap.
///
/// Rows of one position are a sample's length apart, which BLAS takes as a stride: nothing is
/// copied, and taps that fall on the padding are never computed (44 of 144 on a 4 × 4 map).
/// Weights are [tap, outputs, inputs], taps row by row.
extension CPUBackend {
  /// The taps of a position that lie on the map, with the position each reads.
  static func taps(of position: Int, side: Int) -> [(tap: Int, source: Int)] {
    (0..<9).compactMap { tap in
      let (row, column) = (position / side + tap / 3 - 1, position % side + tap % 3 - 1)
      guard (0..<side).contains(row), (0..<side).contains(column) else { return nil }
      return (tap, row * side + column)
    }
  }

  /// y [samples · side², outputs] from x [samples · side², inputs].
  public func convolution(
    _ shards: BatchShards, _ x: Matrix, side: Int, weights: Operand, bias: Operand, into y: Matrix
  ) {
    let (weights, bias) = (weights.pointer(), bias.pointer())
    let (inputs, outputs, positions) = (x.columns, y.columns, side * side)
    convolve(
      shards, x, side: side, into: y, adding: false,
      weights: (0..<9).map {
        StridedOperand(
          start: weights + $0 * outputs * inputs, count: outputs, stride: inputs, step: 1)
      }
    ) { samples, position, columns in
      Scalar.addBias(
        rows: samples.count, columns: columns.count, stride: positions * outputs,
        bias + columns.lowerBound,
        y.row(samples.lowerBound * positions + position) + columns.lowerBound)
    }
  }

  /// dx [samples · side², inputs] from dy, written or added.
  public func convolutionInputGradient(
    _ shards: BatchShards, dy: Matrix, side: Int, weights: Operand, into dx: Matrix, adds: Bool
  ) {
    let weights = weights.pointer()
    let (inputs, outputs) = (dx.columns, dy.columns)
    // What reads a position through a tap sits where the mirrored tap points.
    convolve(
      shards, dy, side: side, into: dx, adding: adds,
      weights: (0..<9).map {
        StridedOperand(
          start: weights + (8 - $0) * outputs * inputs, count: inputs, stride: 1, step: inputs)
      })
  }

  /// Each position of y as the sum over its taps of x where the tap points times the tap's weights;
  /// `finish` then sees every tile of every position once.
  private func convolve(
    _ shards: BatchShards, _ x: Matrix, side: Int, into y: Matrix, adding: Bool,
    weights: [StridedOperand<Scalar>],
    finish: (_ samples: Range<Int>, _ position: Int, _ columns: Range<Int>) -> Void = { _, _, _ in }
  ) {
    let (inputs, outputs, positions) = (x.columns, y.columns, side * side)
    let samples = shards.samples.count
    let taps = (0..<positions).map { Self.taps(of: $0, side: side) }
    let sources = (0..<positions).map {
      StridedOperand<Scalar>(
        start: x.pointer + $0 * inputs, count: samples, stride: positions * inputs, step: 1)
    }
    func target(_ rows: Range<Int>, _ position: Int, _ columns: Range<Int>, _ tap: Int)
      -> ProductTarget<Scalar>
    {
      ProductTarget(
        start: y.row(rows.lowerBound * positions + position) + columns.lowerBound,
        stride: positions * outputs, adds: adding || tap != taps[position][0].tap)
    }
    timed(.products) {
      guard let kernel = products.packed else {
        forEachTile(shards.shards, Self.tiles(outputs, of: Self.tileColumns)) { rows, columns, _ in
          for position in 0..<positions {
            for (tap, source) in taps[position] {
              Scalar.multiply(
                sources[source].slice(rows), weights[tap].slice(columns), depth: inputs,
                into: target(rows, position, columns, tap))
            }
            finish(rows, position, columns)
          }
        }
        return
      }
      let depths = ProductDepths(units: [[inputs]])
      let packed = sources.map { PackedOperand($0, right: false, depths, kernel, self) }
      let panel = ckernels_panel_columns(kernel)
      forEachTile(
        Self.evenTiles(samples, of: Self.tileRows, multiple: ckernels_panel_rows(kernel)),
        Self.evenTiles(outputs, of: Self.tileColumns, multiple: panel),
        scratch: Self.panelScratch
      ) { rows, columns, scratch in
        // Each block of a tap's weights is packed once for all positions.
        for tap in 0..<9 {
          for (block, leaves) in depths.blocks.enumerated() {
            Scalar.pack(
              weights[tap].slice(columns).dropping(depths.starts[block]), right: true, leaves,
              kernel, into: scratch)
            for position in 0..<positions {
              guard let source = taps[position].first(where: { $0.tap == tap })?.source else {
                continue
              }
              var target = target(rows, position, columns, tap)
              target.adds = target.adds || block > 0
              Scalar.multiply(
                packed[source].panels(block: block, from: rows.lowerBound), UnsafePointer(scratch),
                rows: rows.count, columns: columns.count, leaves: leaves, kernel, into: target)
            }
          }
        }
        for position in 0..<positions { finish(rows, position, columns) }
      }
    }
  }

  /// Each node's sum over its shards of the gradient of the weights [tap, outputs, inputs].
  public func convolutionWeightGradient(
    _ shards: BatchShards, dy: Matrix, x: Matrix, side: Int, into nodes: [Operand]
  ) {
    let positions = side * side
    func operands(_ x: Matrix) -> [StridedOperand<Scalar>] {
      (0..<positions).map {
        StridedOperand(
          start: x.pointer + $0 * x.columns, count: x.columns, stride: 1,
          step: positions * x.columns)
      }
    }
    weightGradients(
      shards, rowsPerSample: 1, left: operands(dy), right: operands(x),
      readers: (0..<9).map { tap in
        (0..<positions).flatMap { position in
          Self.taps(of: position, side: side).filter { $0.tap == tap }.map { (position, $0.source) }
        }
      }, nodes: nodes.map { $0.pointer() })
  }
}
