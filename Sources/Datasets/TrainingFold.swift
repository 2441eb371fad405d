import Random

/// What training may see of a fold: the training clips, and the test images without their labels.
public struct TrainingFold: Sendable {
  public let index: Int
  /// The fold's name.
  public let subject: String
  private let trainImages: [UInt8]
  private let trainLabels: [Int]
  private let testImages: [UInt8]
  private let imageSize: Int

  public init(_ fold: Fold, of composite: Dataset) {
    index = fold.index
    subject = fold.subject
    imageSize = composite.imageSize
    trainImages = fold.trainClips.flatMap { composite.image($0) }
    trainLabels = fold.trainClips.map { composite.clips[$0].label }
    testImages = fold.testClips.flatMap { composite.image($0) }
  }

  public var trainCount: Int { trainLabels.count }
  public var testCount: Int { testImages.count / imageSize }

  /// The class of a training clip.
  public func trainLabel(_ clip: Int) -> Int { trainLabels[clip] }

  /// Copies a training clip's pixels, 0 … 255, [channel, row, column].
  public func copyTrainImage(_ clip: Int, to target: UnsafeMutablePointer<Float>) {
    copy(trainImages, clip, to: target)
  }

  /// Copies a test clip's pixels, 0 … 255, [channel, row, column].
  public func copyTestImage(_ clip: Int, to target: UnsafeMutablePointer<Float>) {
    copy(testImages, clip, to: target)
  }

  private func copy(_ images: [UInt8], _ clip: Int, to target: UnsafeMutablePointer<Float>) {
    images.withUnsafeBufferPointer { pixels in
      for i in 0..<imageSize { target[i] = Float(pixels[clip * imageSize + i]) }
    }
  }
}

extension TrainingFold {
  /// Random pixels and classes, for measurements: `count` training clips and one test clip.
  public init(random count: Int, side: Int, classes: Int = 3) {
    let generator = CounterGenerator(seed: 1, purpose: .syntheticData)
    let size = Dataset.channels * side * side
    let pixels = (0..<(count + 1) * size).map { UInt8(generator.integer($0, below: 256)) }
    let clips = (0...count).map {
      Clip(
        dataset: "random", subject: $0 < count ? "train" : "test", name: "\($0)",
        label: $0 % classes)
    }
    self.init(
      Fold(index: 0, subject: "test", trainClips: Array(0..<count), testClips: [count]),
      of: Dataset(clips: clips, side: side, pixels: pixels))
  }
}
