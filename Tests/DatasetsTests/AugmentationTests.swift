import Datasets
import Foundation
import Random
import TestSupport
import XCTest

/// What is done to training images, each part by itself.
final class AugmentationTests: XCTestCase {
  private func generator(_ step: Int) -> CounterGenerator {
    CounterGenerator(seed: 9, fold: 3, epoch: step, purpose: .augmentation)
  }

  private func augmentation(
    side: Int = 8, channels: Int = 3, regions: Regions = .corrected,
    _ change: (inout AugmentationConfiguration) -> Void
  ) -> Augmentation? {
    var configuration = AugmentationConfiguration()
    change(&configuration)
    return Augmentation(
      configuration, channels: channels, side: side, regions: regions,
      strain: DataFormat.manifest.strain(channels))
  }

  // MARK: - Mirror

  /// A mirrored clip's input is that of files which hold the mirrored flow, for every composition.
  func testMirroredInputIsThatOfMirroredFiles() throws {
    try withTemporaryDirectory { root in
      let side = 28
      var plain = SmallRelease(root + "/plain")
      plain.landmarksText =
        SmallRelease.landmarksHeader + "smic,s1,a,1,9,10,20,11,15,17,10,22,20,22\n"
        + "smic,s1,b,1,8.25,7.5,21.75,9,15,17,13.5,20.25,19,21\n"
        + "samm,006,a,1,8,9,20,10,15,17,12,13,14,16\n"
      try plain.write()
      var other = SmallRelease(root + "/mirrored")
      other.landmarksText =
        SmallRelease.landmarksHeader + "smic,s1,a,1,8,11,19,10,13,17,8,22,18,22\n"
        + "smic,s1,b,1,6.25,9,19.75,7.5,13,17,9,21,14.5,20.25\n"
        + "samm,006,a,1,8,10,20,9,13,17,14,16,16,13\n"
      try other.write()
      for (index, clip) in other.clips.enumerated() {
        let rgb = plain.rgb(index)
        var mirrored = rgb
        for row in 0..<side {
          for column in 0..<side {
            for channel in 0..<3 {
              let sample = rgb[(row * side + side - 1 - column) * 3 + channel]
              // Red is the horizontal flow.
              mirrored[(row * side + column) * 3 + channel] = channel == 0 ? 255 - sample : sample
            }
          }
        }
        try PlainPNG.encode(width: side, height: side, rgb: mirrored).write(
          to: URL(fileURLWithPath: other.path(clip.0, clip.1)))
      }
      for regions in Regions.allCases {
        var configuration = DataConfiguration()
        configuration.path = plain.directory
        configuration.regions = regions
        let shape = InputShape(classes: 3, channels: 3, side: side)
        let both = try Dataset.load(
          configuration, shape, mirroring: Mirroring(still: 127.5, horizontalChannel: 2))
        XCTAssertEqual(both.pixels, try plain.load(regions).pixels)
        XCTAssertEqual(both.mirrored, try other.load(regions).pixels, "\(regions)")
        XCTAssertNotEqual(both.mirrored, both.pixels)
        // It decides what is trained on, and travels.
        XCTAssertNotEqual(both.digest, try plain.load(regions).digest)
        XCTAssertEqual(try Dataset(serialized: both.serialized()), both)
        XCTAssertThrowsError(try Dataset(serialized: both.serialized().dropLast()))
        XCTAssertThrowsError(try Dataset(serialized: both.serialized() + [0]))
      }
    }
  }

  func testAStillSampleStays() throws {
    try withTemporaryDirectory { root in
      let release = SmallRelease(root)
      try release.write()
      var configuration = DataConfiguration()
      configuration.path = root
      configuration.regions = .whole
      let data = try Dataset.load(
        configuration, .published, mirroring: Mirroring(still: 100, horizontalChannel: 0))
      let (plain, mirrored) = (data.image(0), try XCTUnwrap(data.mirrored).values)
      for row in 0..<28 {
        for column in 0..<28 {
          let there = plain[row * 28 + 27 - column]
          // 200 − x, and what would leave the samples stays at their end.
          XCTAssertEqual(mirrored[row * 28 + column], max(200 - there, 0))
          XCTAssertEqual(mirrored[(28 + row) * 28 + column], plain[(28 + row) * 28 + 27 - column])
        }
      }
    }
  }

  // MARK: - Images

  func testRegionsAreShiftedByThemselves() throws {
    for (regions, region) in [(Regions.corrected, 4), (.whole, 8)] {
      let augmentation = try XCTUnwrap(augmentation(regions: regions) { $0.shift = 2 })
      var seen: Set<[Int]> = []
      for place in 0..<200 {
        let draw = augmentation.draw(generator(1), place: place)
        XCTAssertFalse(draw.isMirrored)
        XCTAssertEqual(draw.factor, 1)
        seen.insert([draw.down, draw.right])
        let image = (0..<3 * 64).map { Float($0) }
        var shifted = image
        augmentation.apply(draw, to: &shifted)
        for channel in 0..<3 {
          for row in 0..<8 {
            for column in 0..<8 {
              let (top, left) = (row / region * region, column / region * region)
              let from = (
                min(max(row - draw.down, top), top + region - 1),
                min(max(column - draw.right, left), left + region - 1)
              )
              XCTAssertEqual(
                shifted[channel * 64 + row * 8 + column],
                image[channel * 64 + from.0 * 8 + from.1])
            }
          }
        }
      }
      // −2 … 2 in each direction.
      XCTAssertEqual(seen.count, 25)
    }
  }

  func testMotionGrowsAroundItsStillSample() throws {
    let augmentation = try XCTUnwrap(
      augmentation {
        $0.motion = 0.5
        $0.still = 100
      })
    let four = try XCTUnwrap(
      self.augmentation(channels: 4) { ($0.motion, $0.still) = (0.5, 100) })
    var factors: [Double] = []
    for place in 0..<500 {
      let draw = augmentation.draw(generator(2), place: place)
      factors.append(draw.factor)
      var image = (0..<3 * 64).map { Float($0 % 64) * 3 }
      let before = image
      augmentation.apply(draw, to: &image)
      for i in image.indices {
        // Strain is 0 where nothing moves.
        let still: Float = i < 64 ? 0 : 100
        XCTAssertEqual(image[i], still + (before[i] - still) * Float(draw.factor), accuracy: 1e-4)
      }
      // A fourth channel is one more of flow; the first stays strain.
      var more = before + before[64..<128]
      four.apply(draw, to: &more)
      XCTAssertEqual(Array(more[..<192]), image)
      XCTAssertEqual(Array(more[192...]), Array(image[64..<128]))
    }
    XCTAssertTrue(factors.allSatisfy { (0.5...1.5).contains($0) })
    XCTAssertEqual(factors.reduce(0, +) / 500, 1, accuracy: 0.05)
    XCTAssertLessThan(factors.min() ?? 1, 0.55)
    XCTAssertGreaterThan(factors.max() ?? 1, 1.45)
  }

  func testNoiseHasItsDeviation() throws {
    let augmentation = try XCTUnwrap(augmentation(side: 28) { $0.noise = 5 })
    var all: [Double] = []
    for place in 0..<20 {
      var image = [Float](repeating: 50, count: 3 * 784)
      augmentation.apply(augmentation.draw(generator(3), place: place), to: &image)
      all += image.map { Double($0) - 50 }
    }
    let mean = all.reduce(0, +) / Double(all.count)
    let variance = all.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(all.count)
    XCTAssertEqual(mean, 0, accuracy: 0.1)
    XCTAssertEqual(variance.squareRoot(), 5, accuracy: 0.1)
    XCTAssertGreaterThan(Set(all).count, all.count * 9 / 10)
  }

  /// Switching one part on changes no other part's draws.
  func testPartsDrawApart() throws {
    let all = try XCTUnwrap(
      augmentation {
        ($0.mirror, $0.shift, $0.motion) = (0.5, 2, 0.5)
      })
    let one = try XCTUnwrap(augmentation { $0.motion = 0.5 })
    let other = try XCTUnwrap(augmentation { $0.mirror = 0.5 })
    var mirrored = 0
    for place in 0..<400 {
      let draw = all.draw(generator(4), place: place)
      XCTAssertEqual(one.draw(generator(4), place: place).factor, draw.factor)
      XCTAssertEqual(other.draw(generator(4), place: place).isMirrored, draw.isMirrored)
      mirrored += draw.isMirrored ? 1 : 0
    }
    XCTAssertTrue((160...240).contains(mirrored), "\(mirrored)")
    XCTAssertNil(augmentation { $0.mixup = 0.3 })
  }

  // MARK: - Mixup

  func testSharesAreOfTheBetaDistribution() throws {
    for alpha in [0.05, 0.2, 1, 4] {
      let shares = try (0..<4000).map { step in
        try XCTUnwrap(
          Mixup(
            alpha: alpha, CounterGenerator(seed: 5, epoch: step, purpose: .mixup), count: 1)
        ).share
      }
      XCTAssertTrue(shares.allSatisfy { (0...1).contains($0) })
      let mean = shares.reduce(0, +) / 4000
      let variance = shares.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
      XCTAssertEqual(mean, 0.5, accuracy: 0.03, "\(alpha)")
      XCTAssertEqual(variance, 1 / (4 * (2 * alpha + 1)), accuracy: 0.008, "\(alpha)")
    }
  }

  func testPartnersAreAPermutation() throws {
    var seen: Set<[Int]> = []
    for step in 0..<50 {
      let mixup = try XCTUnwrap(
        Mixup(alpha: 0.3, CounterGenerator(seed: 5, epoch: step, purpose: .mixup), count: 9))
      XCTAssertEqual(mixup.partners.sorted(), Array(0..<9))
      seen.insert(mixup.partners)
    }
    XCTAssertEqual(seen.count, 50)
    XCTAssertNil(Mixup(alpha: 0, CounterGenerator(seed: 5, purpose: .mixup), count: 9))
  }

  // MARK: - Scaling

  private func composite(_ random: inout SeededGenerator, wide: Bool) -> Dataset {
    let clips = (0..<12).map {
      Clip(dataset: "d", subject: "s\($0 % 4)", name: "c\($0)", label: $0 % 3)
    }
    let count = 12 * 3 * 16
    let pixels: Pixels =
      wide
      ? .bits16((0..<count).map { _ in UInt16.random(in: 0...65_535, using: &random) })
      : .bits8((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    return Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: 4, pixels: pixels)
  }

  func testStandardScalingIsOfTheTrainingClips() throws {
    var random = SeededGenerator(seed: 81)
    for wide in [false, true] {
      let data = composite(&random, wide: wide)
      let fold = try Splits(data).folds[2]
      let training = TrainingFold(fold, of: data, scaling: .standard)
      let scaling = try XCTUnwrap(training.scaling)
      guard case .training(let of) = scaling else { return XCTFail("\(scaling)") }
      for channel in 0..<3 {
        let values = fold.trainClips.flatMap {
          data.image($0)[channel * 16..<(channel + 1) * 16].map(Double.init)
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
        XCTAssertEqual(of.means[channel], mean, accuracy: 1e-4)
        XCTAssertEqual(of.deviations[channel], variance.squareRoot(), accuracy: 1e-4)
      }
      var image = [Float](repeating: 0, count: 48)
      training.copyTestImage(1, to: &image)
      for (i, raw) in data.image(fold.testClips[1]).enumerated() {
        XCTAssertEqual(
          image[i], (raw - Float(of.means[i / 16])) / Float(of.deviations[i / 16]),
          accuracy: 1e-6)
      }
      // The test subject's images have no part in it.
      var other = data.image(0).isEmpty ? [] : (0..<12).flatMap { data.image($0) }.map { UInt8($0) }
      for clip in fold.testClips { for i in clip * 48..<clip * 48 + 48 { other[i] = 7 } }
      let before = Dataset(
        clips: data.clips, classNames: data.classNames, channels: 3, side: 4,
        pixels: .bits8((0..<12).flatMap { data.image($0) }.map { UInt8($0) }))
      let changed = Dataset(
        clips: data.clips, classNames: data.classNames, channels: 3, side: 4, pixels: .bits8(other))
      XCTAssertNotEqual(before, changed)
      XCTAssertEqual(
        TrainingFold(fold, of: changed, scaling: .standard).scaling,
        TrainingFold(fold, of: before, scaling: .standard).scaling)
      // What a file says of it reads back.
      XCTAssertEqual(InputScaling(metadata: scaling.metadata), scaling)
      XCTAssertNil(InputScaling(metadata: ["mean": "1"]))
      XCTAssertNil(TrainingFold(fold, of: data).scaling)
    }
  }
  func testClipScalingIsOfEachClipAlone() throws {
    var random = SeededGenerator(seed: 82)
    // 25 samples a channel: some are left beside the eights.
    let side = 5
    let plane = side * side
    var samples = (0..<4 * 3 * plane).map { _ in UInt8.random(in: 0...255, using: &random) }
    // The second channel of the last clip is the same everywhere.
    for i in (3 * 3 + 1) * plane..<(3 * 3 + 2) * plane { samples[i] = 9 }
    let clips = (0..<4).map { Clip(dataset: "d", subject: "\($0)", name: "c", label: $0 % 3) }
    let data = Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: side, pixels: .bits8(samples))
    let fold = try Splits(data).folds[3]
    let training = TrainingFold(fold, of: data, scaling: .clip)
    func scaled(_ clip: Int) -> [Float] {
      (0..<3).flatMap { channel -> [Float] in
        let values = data.image(clip)[channel * plane..<(channel + 1) * plane].map(Double.init)
        let mean = values.reduce(0, +) / Double(plane)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(plane)
        return values.map { variance > 0 ? Float(($0 - mean) / variance.squareRoot()) : 0 }
      }
    }
    var image = [Float](repeating: 0, count: 3 * plane)
    for (index, clip) in fold.trainClips.enumerated() {
      training.copyTrainImage(index, to: &image)
      for (i, expected) in scaled(clip).enumerated() {
        XCTAssertEqual(image[i], expected, accuracy: 1e-6)
      }
    }
    training.copyTestImage(0, to: &image)
    for (i, expected) in scaled(3).enumerated() {
      XCTAssertEqual(image[i], expected, accuracy: 1e-6)
    }
    XCTAssertEqual(Array(image[plane..<2 * plane]), [Float](repeating: 0, count: plane))
    // What a file says of it reads back, of an earlier program too.
    XCTAssertEqual(InputScaling(metadata: InputScaling.clip.metadata), .clip)
    let earlier = "(sample - mean) / deviation, by channel, both of the clip itself"
    XCTAssertEqual(InputScaling(metadata: ["scaling": earlier]), .clip)
    XCTAssertNil(InputScaling(metadata: ["scaling": earlier + " and others"]))
  }

  /// No rounding of its mean may make a channel without motion one of -1 or 1 everywhere.
  func testAConstantChannelOf16BitsBecomesExactlyZero() throws {
    let clips = (0..<40).map { Clip(dataset: "d", subject: "\($0)", name: "c", label: $0 % 3) }
    // Samples are 257ths, which are rounded; the last side leaves some beside the eights.
    for side in [28, 45] {
      let values = clips.indices.map { UInt16(65_535 - $0 * 1_601) }
      let data = Dataset(
        clips: clips, classNames: ["a", "b", "c"], channels: 1, side: side,
        pixels: .bits16(values.flatMap { [UInt16](repeating: $0, count: side * side) }))
      for fold in try Splits(data).folds {
        var image = [Float](repeating: 7, count: side * side)
        TrainingFold(fold, of: data, scaling: .clip).copyTestImage(0, to: &image)
        XCTAssertEqual(image, [Float](repeating: 0, count: side * side))
      }
    }
  }
}
