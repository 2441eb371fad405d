import Foundation
import Datasets
import TestSupport

/// A data set of the release's layout that a test writes file by file.
struct SmallRelease {
  static let labels = "combined_3_class2_for_optical_flow.csv"
  static let header = "dataset,sub,filename_o,label,apex,imagename,sub_filename\n"
  static let landmarksHeader =
    "dataset,sub,filename_o,detected,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,"
    + "mouth_left_x,mouth_left_y,mouth_right_x,mouth_right_y\n"

  let directory: String

  /// Three clips of two subjects.
  var labelsText =
    header + "smic,s1,a,0,,s1_a.jpg,\nsmic,s1,b,1,,s1_b.jpg,\nsamm,006,a,2,,006_a.jpg,\n"
  var landmarksText: String? =
    landmarksHeader + "smic,s1,a,1,9,10,20,11,15,17,10,22,20,22\n"
    + "smic,s1,b,1,-4.9,7.99,21.99,30,15,17,13.5,6.9,21,7\n"
    + "samm,006,a,1,8,9,20,10,15,17,12,13,14.2,15.9\n"
  var clips = [("s1", "a"), ("s1", "b"), ("006", "a")]

  /// What is said of points outside the image.
  static func outside(_ count: Int, of clips: Int, _ path: String) -> String {
    "\(path): \(count) of \(clips) clips have points outside the 28 × 28 image, in whose pixels they "
      + "must be: their regions are moved inside"
  }

  init(_ directory: String) { self.directory = directory }

  func path(_ subject: String, _ name: String) -> String {
    "\(directory)/STSNet_whole_norm_u_v_os/\(subject)_\(name) .png"
  }

  /// A clip's pixels, (red, green, blue), every one another number as far as bytes go.
  func rgb(_ clip: Int, side: Int = 28) -> [UInt8] {
    (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 * 31 + clip * 101) % 251) }
  }

  func write(side: Int = 28) throws {
    try FileManager.default.createDirectory(
      atPath: directory + "/STSNet_whole_norm_u_v_os", withIntermediateDirectories: true)
    for (index, clip) in clips.enumerated() {
      let png = PlainPNG.encode(width: side, height: side, rgb: rgb(index, side: side))
      try png.write(to: URL(fileURLWithPath: path(clip.0, clip.1)))
    }
    try writeTables()
  }

  func writeTables() throws {
    try Data(labelsText.utf8).write(to: URL(fileURLWithPath: directory + "/" + Self.labels))
    let landmarks = directory + "/landmarks.csv"
    if let landmarksText {
      try Data(landmarksText.utf8).write(to: URL(fileURLWithPath: landmarks))
    } else {
      try? FileManager.default.removeItem(atPath: landmarks)
    }
  }

  func load(
    _ regions: Regions = .published, classes: Int = 3, side: Int = 28, isForTraining: Bool = true
  ) throws -> Dataset {
    var configuration = DataConfiguration()
    configuration.path = directory
    configuration.regions = regions
    return try Dataset.load(
      configuration,
      InputShape(classes: classes, channels: 3, side: side, isForTraining: isForTraining))
  }
}

extension InputShape {
  /// The paper's.
  static let published = InputShape(classes: 3, channels: 3, side: 28)
}

extension Dataset {
  /// Three classes of images of three channels and 8 bits.
  init(clips: [Clip], side: Int, pixels: [UInt8], warnings: [String] = []) {
    self.init(
      clips: clips, classNames: ["class 0", "class 1", "class 2"], channels: 3, side: side,
      pixels: .bits8(pixels), warnings: warnings)
  }

  /// The samples of data that have 8 bits.
  var bytes: [UInt8] {
    guard case .bits8(let samples) = pixels else { return [] }
    return samples
  }
}
