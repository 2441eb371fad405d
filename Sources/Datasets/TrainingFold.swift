import Random

/// What training may see of a fold: the training clips, and the test images without their labels.
public struct TrainingFold: Sendable {
  public let index: Int
  /// The fold's name.
  public let subject: String
  private let trainImages: Pixels
  private let trainLabels: [Int]
  private let testImages: Pixels
  private let imageSize: Int

  public init(_ fold: Fold, of composite: Dataset) {
    index = fold.index
    subject = fold.name
    let size = composite.imageSize
    func images(_ clips: [Int]) -> Pixels {
      composite.pixels.runs(clips.map { $0 * size..<($0 + 1) * size })
    }
    imageSize = size
    trainImages = images(fold.trainClips)
    trainLabels = fold.trainClips.map { composite.clips[$0].label }
    testImages = images(fold.testClips)
  }

  public var trainCount: Int { trainLabels.count }
  public var testCount: Int { testImages.count / imageSize }

  /// The class of a training clip.
  public func trainLabel(_ clip: Int) -> Int { trainLabels[clip] }

  /// Copies a training clip's pixels, 0 … 255, [channel, row, column].
  public func copyTrainImage(_ clip: Int, to target: UnsafeMutablePointer<Float>) {
    trainImages.copy(clip * imageSize..<(clip + 1) * imageSize, to: target)
  }

  /// Copies a test clip's pixels, 0 … 255, [channel, row, column].
  public func copyTestImage(_ clip: Int, to target: UnsafeMutablePointer<Float>) {
    testImages.copy(clip * imageSize..<(clip + 1) * imageSize, to: target)
  }
}

extension TrainingFold {
  /// Random pixels and classes, for measurements: `count` training clips and one test clip.
  public init(random count: Int, _ shape: InputShape) {
    let generator = CounterGenerator(seed: 1, purpose: .syntheticData)
    let size = shape.channels * shape.side * shape.side
    let pixels = (0..<(count + 1) * size).map { UInt8(generator.integer($0, below: 256)) }
    let clips = (0...count).map {
      Clip(
        dataset: "random", subject: $0 < count ? "train" : "test", name: "\($0)",
        label: $0 % shape.classes)
    }
    self.init(
      Fold(index: 0, name: "test", trainClips: Array(0..<count), testClips: [count]),
      of: Dataset(
        clips: clips, classNames: (0..<shape.classes).map { "class \($0)" },
        channels: shape.channels, side: shape.side, pixels: .bits8(pixels)))
  }
}
