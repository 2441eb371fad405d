/// Where the regions of a clip's map lie, as `Regions.compose` cuts them.
public struct RegionPlaces: Sendable, Equatable {
  /// Rows and columns of the first pixels of the regions at the left eye, right eye, left and right
  /// corner of the mouth.
  public let corners: [[Int]]
  /// Pixels a side of each.
  public let side: Int
  /// The points that they are cut around, (x, y) each; the nose is the third.
  public let points: [[Double]]
  /// Whether all points lie in the image.
  public let areInside: Bool
  /// The most that a region was moved to lie inside, in pixels.
  public let moved: Double

  /// Whether two of them share pixels.
  public var overlap: Bool {
    corners.indices.contains { a in
      corners.indices.contains { b in
        a < b && abs(corners[a][0] - corners[b][0]) < side
          && abs(corners[a][1] - corners[b][1]) < side
      }
    }
  }

  init(_ regions: Regions, _ landmarks: Landmarks, side: Int) {
    let points = [
      landmarks.leftEye, landmarks.rightEye, landmarks.leftMouth, landmarks.rightMouth,
    ]
    corners = points.map { point in
      let corner = regions.corner(point, side: side)
      return [corner.row, corner.column]
    }
    self.side = side / 2
    self.points = [
      landmarks.leftEye, landmarks.rightEye, landmarks.nose, landmarks.leftMouth,
      landmarks.rightMouth,
    ].map { [$0.x, $0.y] }
    areInside = landmarks.areInside(side: side)
    let (low, high) = (Double(side / 4), Double(side - side / 4))
    moved =
      points.flatMap { [$0.x, $0.y] }.map { max(low - $0, $0 - high, 0) }.max() ?? 0
  }
}

extension SourceClips {
  /// Where each clip's regions lie; those of the whole map have no meaning.
  public func regionPlaces(_ regions: Regions) -> [RegionPlaces] {
    zip(maps, landmarks).map { RegionPlaces(regions, $1, side: $0.side) }
  }
}
