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
    func start(_ coordinate: Double) -> Int {
      Int(min(max(coordinate, Double(side / 4)), Double(side - side / 4))) - half / 2
    }
    func corner(_ point: Landmarks.Point) -> (row: Int, column: Int) {
      let (x, y) = (start(point.x), start(point.y))
      return self == .published ? (x, y) : (y, x)
    }
    let upper = [corner(landmarks.leftEye), corner(landmarks.rightEye)]
    let lower = [corner(landmarks.leftMouth), corner(landmarks.rightMouth)]
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
}
