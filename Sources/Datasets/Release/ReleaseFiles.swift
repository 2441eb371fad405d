/// Names in the release's directory.
enum ReleaseFiles {
  static let labels = "combined_3_class2_for_optical_flow.csv"
  static let images = "STSNet_whole_norm_u_v_os"
  static let landmarks = "landmarks.csv"

  /// The file of a clip's flow image; the space before the extension is the release's own.
  static func imageName(_ clip: Clip) -> String { "\(clip.subject)_\(clip.name) .png" }

  /// The same from the release's directory on.
  static func imagePath(_ clip: Clip) -> String { images + "/" + imageName(clip) }
}
