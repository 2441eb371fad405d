extension Regions {
  /// Writes the model's input from a map: [channel, row, column].
  ///
  /// A region is the square of half the map's side around a landmark, whose coordinates are clamped
  /// to a quarter and three quarters of the side and truncated.
  func compose(_ map: FlowMap, _ landmarks: Landmarks, into output: inout [UInt16]) {
    guard self != .whole else {
      output += map.samples
      return
    }
    let side = map.side
    let half = side / 2
    let upper = [landmarks.leftEye, landmarks.rightEye].map { corner($0, side: side) }
    let lower = [landmarks.leftMouth, landmarks.rightMouth].map { corner($0, side: side) }
    for channel in 0..<map.channels {
      for pair in [upper, lower] {
        for row in 0..<half {
          for region in pair {
            let place = (channel * side + region.row + row) * side + region.column
            output += map.samples[place..<place + half]
          }
        }
      }
    }
  }

  /// The first pixel of the region around a point in a map of `side` pixels a side.
  func corner(_ point: Landmarks.Point, side: Int) -> (row: Int, column: Int) {
    func start(_ coordinate: Double) -> Int {
      Int(min(max(coordinate, Double(side / 4)), Double(side - side / 4))) - side / 2 / 2
    }
    let (x, y) = (start(point.x), start(point.y))
    return self == .published ? (x, y) : (y, x)
  }
}
