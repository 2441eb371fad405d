import Random

/// What training may see of a fold: the training clips, and the test images without their labels.
public struct TrainingFold: Sendable {
  public let index: Int
  /// The fold's name.
  public let subject: String
  private let trainImages: Pixels
  /// The same clips mirrored; nil: none is asked for.
  private let mirroredImages: Pixels?
  private let trainLabels: [Int]
  private let testImages: Pixels
  private let imageSize: Int
  private let plane: Int
  /// nil: samples are taken as they are.
  public let scaling: InputScaling?

  public init(_ fold: Fold, of composite: Dataset, scaling: Scaling = .raw) {
    index = fold.index
    subject = fold.name
    let size = composite.imageSize
    func images(_ pixels: Pixels, _ clips: [Int]) -> Pixels {
      pixels.runs(clips.map { $0 * size..<($0 + 1) * size })
    }
    imageSize = size
    plane = composite.side * composite.side
    trainImages = images(composite.pixels, fold.trainClips)
    mirroredImages = composite.mirrored.map { images($0, fold.trainClips) }
    trainLabels = fold.trainClips.map { composite.clips[$0].label }
    testImages = images(composite.pixels, fold.testClips)
    self.scaling = InputScaling(scaling, trainClips: fold.trainClips, of: composite)
  }

  public var trainCount: Int { trainLabels.count }
  public var testCount: Int { testImages.count / imageSize }

  /// The class of a training clip.
  public func trainLabel(_ clip: Int) -> Int { trainLabels[clip] }

  /// Training clips of each class.
  public func trainLabelCounts(classes: Int) -> [Int] {
    (0..<classes).map { label in trainLabels.count { $0 == label } }
  }

  /// Copies a training clip's input, [channel, row, column].
  ///
  /// - Parameter change: How it is changed, and what becomes of it; nil: it stays as it is.
  public func copyTrainImage(
    _ clip: Int, to target: UnsafeMutablePointer<Float>,
    changed change: (augmentation: Augmentation, draw: Augmentation.Draw)? = nil
  ) {
    let range = clip * imageSize..<(clip + 1) * imageSize
    let isMirrored = change?.draw.isMirrored ?? false
    ((isMirrored ? mirroredImages : nil) ?? trainImages).copy(range, to: target)
    if let change { change.augmentation.apply(change.draw, to: target) }
    scaling?.apply(to: target, plane: plane, channels: imageSize / plane)
  }

  /// Copies a test clip's input, [channel, row, column].
  public func copyTestImage(_ clip: Int, to target: UnsafeMutablePointer<Float>) {
    testImages.copy(clip * imageSize..<(clip + 1) * imageSize, to: target)
    scaling?.apply(to: target, plane: plane, channels: imageSize / plane)
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
