import CKernels
import Compute
import Matrices

/// Products of token matrices with weights, cut into tiles for the threads. The engine's kernels
/// give the same bits for every cut; for OpenBLAS the cut follows from the model and the shards alone.
extension CPUBackend {
  /// Rows and columns of an output tile, more or less.
  static var tileRows: Int { 512 }
  static var tileColumns: Int { 128 }

  public func linear(
    _ shards: BatchShards, _ x: Matrix, weights: Operand, bias: Operand?, residual: Matrix?,
    into y: Matrix
  ) {
    let outputs = y.columns
    let bias: UnsafeMutablePointer<Scalar>? = bias.map { $0.pointer() }
    product(shards, x, weights: weights.pointer(), transposed: true, into: y, adding: false) {
      rows, columns in
      let tile = y.row(rows.lowerBound) + columns.lowerBound
      if let bias {
        Scalar.addBias(
          rows: rows.count, columns: columns.count, stride: outputs, bias + columns.lowerBound,
          tile)
      }
      if let residual {
        for (index, row) in rows.enumerated() {
          Scalar.add(
            columns.count, residual.row(row) + columns.lowerBound, to: tile + index * outputs)
        }
      }
    }
  }

  public func linearInputGradient(
    _ shards: BatchShards, dy: Matrix, weights: Operand, into dx: Matrix, adds: Bool
  ) {
    product(shards, dy, weights: weights.pointer(), transposed: false, into: dx, adding: adds) {
      _, _ in
    }
  }

  public func linearWeightGradient(
    _ shards: BatchShards, dy: Matrix, x: Matrix, into nodes: [Operand]
  ) {
    weightGradients(
      shards, rowsPerSample: shards.rowsPerSample(dy.rows),
      left: [StridedOperand(start: dy.pointer, count: dy.columns, stride: 1, step: dy.columns)],
      right: [StridedOperand(start: x.pointer, count: x.columns, stride: 1, step: x.columns)],
      readers: [[(0, 0)]], nodes: nodes.map { $0.pointer() })
  }

  /// y = x · W (or x · Wᵀ), or added to y, for all rows of x; `finish` then sees every tile once.
  ///
  /// - Parameters:
  ///   - shards: Whose samples the rows are.
  ///   - x: [rows, inner].
  ///   - weights: [inner, columns], or [columns, inner] if `transposed`.
  ///   - y: [rows, columns].
  private func product(
    _ shards: BatchShards, _ x: Matrix, weights: UnsafePointer<Scalar>, transposed: Bool,
    into y: Matrix, adding: Bool, finish: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    let rowsPerSample = shards.rowsPerSample(x.rows)
    let (inner, columns) = (x.columns, y.columns)
    let left = StridedOperand(
      start: UnsafePointer(x.pointer), count: x.rows, stride: inner, step: 1)
    let right = StridedOperand(
      start: weights, count: columns, stride: transposed ? inner : 1,
      step: transposed ? 1 : columns)
    func target(_ rows: Range<Int>, _ columns: Range<Int>) -> ProductTarget<Scalar> {
      ProductTarget(
        start: y.row(rows.lowerBound) + columns.lowerBound, stride: y.columns, adds: adding)
    }
    timed(.products) {
      guard let kernel = products.packed else {
        let rows = shards.shards.map {
          $0.lowerBound * rowsPerSample..<$0.upperBound * rowsPerSample
        }
        forEachTile(rows, Self.tiles(columns, of: Self.tileColumns)) { rows, columns, _ in
          Scalar.multiply(
            left.slice(rows), right.slice(columns), depth: inner, into: target(rows, columns))
          finish(rows, columns)
        }
        return
      }
      let depths = ProductDepths(units: [[inner]])
      let packed = PackedOperand(left, right: false, depths, kernel, self)
      forEachTile(
        Self.evenTiles(x.rows, of: Self.tileRows, multiple: ckernels_panel_rows(kernel)),
        Self.evenTiles(columns, of: Self.tileColumns, multiple: ckernels_panel_columns(kernel)),
        scratch: Self.panelScratch
      ) { rows, columns, scratch in
        multiply(packed, right.slice(columns), rows, depths, kernel, scratch, target(rows, columns))
        finish(rows, columns)
      }
    }
  }
}
