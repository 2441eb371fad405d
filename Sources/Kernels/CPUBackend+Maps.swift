import Compute
import Matrices

/// Operations that know the places of tokens on the map: position scalars, pooling, the mean.
extension CPUBackend {
  /// Square patches of images: [samples, channels · side²] → [samples · (side/patch)², patch² · channels],
  /// the order inside a patch being (row, column, channel).
  public func patches(_ images: Matrix, channels: Int, side: Int, patch: Int)
    -> Matrix
  {
    let map = side / patch
    let patches = matrix(images.rows * map * map, patch * patch * channels)
    forEachRows(patches.rows, columns: patches.columns) { rows in
      for row in rows {
        let corner = (row / map % map * side + row % map) * patch
        Self.cut(
          images.row(row / (map * map)) + corner, channels: channels, side: side, patch: patch,
          to: patches.row(row))
      }
    }
    return patches
  }

  /// y = x + scalar of the token's place in its block.
  public func addPositions(
    _ x: Matrix, scalars: Operand, map: FeatureMap, into y: Matrix
  ) {
    let scalars = scalars.pointer()
    let places = map.placeInBlock
    forEachRows(x.rows, columns: x.columns) { rows in
      for row in rows {
        Self.add(scalars[places[row % map.positions]], x.row(row), y.row(row), x.columns)
      }
    }
  }

  public func positionGradient(
    _ shards: BatchShards, dy: Matrix, map: FeatureMap, into nodes: [Operand]
  ) {
    let sum = ShardSum<Scalar>(shards)
    withScratch(sum.scratchCount(map.sequence)) { scratch in
      sum.compute(
        rows: 1, columns: map.sequence, stride: map.sequence,
        nodes: nodes.map { $0.pointer() }, scratch: scratch(0)
      ) { shard, block, _ in
        positionSums(dy, samples: shards.shards[shard], map: map, block)
      }
    }
  }

  /// The gradient of `addPositions` for the scalars, over one shard's samples.
  package func positionSums(
    _ dy: Matrix, samples: Range<Int>, map: FeatureMap, _ sums: UnsafeMutablePointer<Scalar>
  ) {
    let places = map.placeInBlock
    var totals = [Double](repeating: 0, count: map.sequence)
    for row in samples.lowerBound * map.positions..<samples.upperBound * map.positions {
      totals[places[row % map.positions]] += Self.sum(dy.row(row), dy.columns)
    }
    for (place, total) in totals.enumerated() { sums[place] = Scalar(total) }
  }

  /// 3 × 3 maximum, stride 2, padding 1; the map's side halves. The first maximum wins.
  ///
  /// - Returns: For each output element the tap (0 … 8) that it came from.
  public func maxPool(_ x: Matrix, side: Int, into y: Matrix) -> [UInt8] {
    let half = side / 2
    return [UInt8](unsafeUninitializedCapacity: y.count) { taps, count in
      let winners = taps.baseAddress!
      forEachRows(y.rows, columns: 9 * y.columns) { rows in
        for row in rows {
          let sample = row / (half * half)
          let (top, left) = (2 * (row / half % half) - 1, 2 * (row % half) - 1)
          let out = y.row(row)
          let from = winners + row * y.columns
          var first = true
          for tap in 0..<9 {
            let (i, j) = (top + tap / 3, left + tap % 3)
            guard (0..<side).contains(i), (0..<side).contains(j) else { continue }
            let input = x.row((sample * side + i) * side + j)
            Scalar.takeLarger(
              y.columns, input, tap: UInt8(tap), out, from, isFirst: first)
            first = false
          }
        }
      }
      count = y.count
    }
  }

  /// The gradient of `maxPool`: each dy goes to the input it came from.
  public func maxPoolGradient(
    _ dy: Matrix, taps: [UInt8], side: Int, into dx: Matrix
  ) {
    let half = side / 2
    taps.withUnsafeBufferPointer { taps in
      forEachPart(of: dy.rows / (half * half), grain: 1) { samples in
        for sample in samples {
          dx.row(sample * side * side).zero(count: side * side * dx.columns)
          for position in 0..<half * half {
            let row = sample * half * half + position
            let (top, left) = (2 * (position / half) - 1, 2 * (position % half) - 1)
            for tap in 0..<9 {
              let (i, j) = (top + tap / 3, left + tap % 3)
              guard (0..<side).contains(i), (0..<side).contains(j) else { continue }
              Scalar.addWhere(
                dy.columns, dy.row(row), taps.baseAddress! + row * dy.columns, are: UInt8(tap),
                to: dx.row((sample * side + i) * side + j))
            }
          }
        }
      }
    }
  }

  /// The mean over each sample's positions: [samples · positions, C] → [samples, C].
  public func meanOverPositions(_ x: Matrix, positions: Int, into y: Matrix) {
    forEachRows(y.rows, columns: x.columns * positions) { rows in
      for row in rows {
        Scalar.columnSums(
          rows: positions, columns: x.columns, stride: x.columns, x.row(row * positions),
          y.row(row))
        Self.scale(y.row(row), 1 / Scalar(positions), y.row(row), x.columns)
      }
    }
  }

  /// The gradient of `meanOverPositions`.
  public func meanGradient(_ dy: Matrix, positions: Int, into dx: Matrix) {
    forEachRows(dx.rows, columns: dx.columns) { rows in
      for row in rows {
        Self.scale(dy.row(row / positions), 1 / Scalar(positions), dx.row(row), dx.columns)
      }
    }
  }

  // MARK: - Loops over one row

  @_specialize(where Scalar == Float)
  static func cut(
    _ image: UnsafePointer<Scalar>, channels: Int, side: Int, patch: Int,
    to target: UnsafeMutablePointer<Scalar>
  ) {
    var target = target
    for row in 0..<patch {
      for column in 0..<patch {
        for channel in 0..<channels {
          target.pointee = image[(channel * side + row) * side + column]
          target += 1
        }
      }
    }
  }

  @_specialize(where Scalar == Float)
  static func add(
    _ scalar: Scalar, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count { y[i] = x[i] + scalar }
  }

  @_specialize(where Scalar == Float)
  static func scale(
    _ x: UnsafePointer<Scalar>, _ factor: Scalar, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count { y[i] = x[i] * factor }
  }

  @_specialize(where Scalar == Float)
  static func sum(_ x: UnsafePointer<Scalar>, _ count: Int) -> Double {
    var total = 0.0
    for i in 0..<count { total += Double(x[i]) }
    return total
  }
}
