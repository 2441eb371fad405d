/// Five facial points of an apex face, in the pixels of the flow image.
struct Landmarks: Equatable {
  struct Point: Equatable {
    let x: Double
    let y: Double
  }

  let leftEye: Point
  let rightEye: Point
  let nose: Point
  let leftMouth: Point
  let rightMouth: Point

  /// What the published code takes where its detector finds no face.
  static let published = Landmarks(
    leftEye: Point(x: 9.5281, y: 11.0626), rightEye: Point(x: 21.3962, y: 10.9198),
    nose: Point(x: 15.3802, y: 17.3806), leftMouth: Point(x: 10.2554, y: 22.1212),
    rightMouth: Point(x: 20.5837, y: 22.2558))

  static let columns = [
    "left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y", "nose_x", "nose_y", "mouth_left_x",
    "mouth_left_y", "mouth_right_x", "mouth_right_y",
  ]

  init(leftEye: Point, rightEye: Point, nose: Point, leftMouth: Point, rightMouth: Point) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.nose = nose
    self.leftMouth = leftMouth
    self.rightMouth = rightMouth
  }

  /// Ten numbers in the order of `columns`.
  init(_ values: [Double]) {
    func point(_ index: Int) -> Point { Point(x: values[2 * index], y: values[2 * index + 1]) }
    self.init(
      leftEye: point(0), rightEye: point(1), nose: point(2), leftMouth: point(3),
      rightMouth: point(4))
  }

  var values: [Double] {
    [leftEye, rightEye, nose, leftMouth, rightMouth].flatMap { [$0.x, $0.y] }
  }

  /// Whether an image of `side` pixels a side can hold all points.
  func areInside(side: Int) -> Bool { values.allSatisfy { (0...Double(side)).contains($0) } }
}
