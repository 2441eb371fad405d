extension Regions {
  /// The model's input from a flow image: [channel (u, v, strain), row, column].
  ///
  /// The channels (u, v, strain) are the image's (blue, green, red). A region is the square of half
  /// the image's side around a landmark, whose coordinates are clamped to a quarter and three
  /// quarters of the side and truncated.
  func compose(_ image: PNGImage, _ landmarks: Landmarks) -> [UInt8] {
    let side = image.width
    let half = side / 2
    var output = [UInt8](repeating: 0, count: 3 * side * side)
    func copy(fromRow: Int, column fromColumn: Int, toRow: Int, column toColumn: Int, size: Int) {
      for channel in 0..<3 {
        for row in 0..<size {
          for column in 0..<size {
            output[(channel * side + toRow + row) * side + toColumn + column] =
              image.pixels[((fromRow + row) * side + fromColumn + column) * 3 + 2 - channel]
          }
        }
      }
    }
    func center(_ coordinate: Double) -> Int {
      Int(min(max(coordinate, Double(side / 4)), Double(side - side / 4)))
    }
    guard self != .whole else {
      copy(fromRow: 0, column: 0, toRow: 0, column: 0, size: side)
      return output
    }
    let corners = [
      (landmarks.leftEye, 0, 0), (landmarks.rightEye, 0, half), (landmarks.leftMouth, half, 0),
      (landmarks.rightMouth, half, half),
    ]
    for (point, row, column) in corners {
      let (x, y) = (center(point.x) - half / 2, center(point.y) - half / 2)
      copy(
        fromRow: self == .published ? x : y, column: self == .published ? y : x, toRow: row,
        column: column, size: half)
    }
    return output
  }
}
