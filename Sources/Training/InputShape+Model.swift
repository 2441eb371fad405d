import Datasets
import HTNetModel

extension InputShape {
  /// What a model of this shape takes.
  public init(_ model: HTNetConfiguration) {
    self.init(classes: model.classes, channels: model.channels, side: model.imageSize)
  }
}
