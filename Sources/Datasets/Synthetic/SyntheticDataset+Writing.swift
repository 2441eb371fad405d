import Files
import Foundation

extension SyntheticDataset {
  /// Writes the data set in the release's layout.
  ///
  /// - Returns: The number of clips.
  /// - Throws: `DataError` if there is a file or a directory that is not empty, `FileError` if it
  ///   cannot be written; nothing half-written stays.
  public func write(to directory: String) throws -> Int {
    switch try FileKind.of(directory) {
    case .file: throw DataError(directory, "is a file; name a directory with --output")
    case .directory:
      guard try FileKind.names(in: directory)?.isEmpty != false else {
        throw DataError(directory, "is not empty; name another directory with --output")
      }
    case nil: break
    }
    // Without a slash at its end, so that the temporary lies beside the directory, not in it.
    let directory = (directory as NSString).standardizingPath
    let temporary = directory + ".\(getpid()).tmp"
    do {
      try AtomicFile.makeDirectory(temporary + "/" + ReleaseFiles.images)
      let count = try writeFiles(temporary)
      guard rename(temporary, directory) == 0 else {
        throw FileError(path: directory, operation: "rename the finished directory")
      }
      return count
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      guard let failure = error as? FileError else { throw error }
      throw FileError(path: directory, operation: "write the data set", code: failure.code)
    }
  }

  private func writeFiles(_ directory: String) throws -> Int {
    var labels = "dataset,sub,filename_o,label,apex,imagename,sub_filename\n"
    var landmarks =
      "dataset,sub,filename_o,\(LandmarkColumns.detected),"
      + Landmarks.columns.joined(separator: ",") + "\n"
    var count = 0
    for index in 0..<subjects {
      for made in clips(ofSubject: index) {
        let clip = made.clip
        try Self.write(
          PNGImage(made.map).encoded(),
          to: directory + "/\(ReleaseFiles.images)/" + ReleaseFiles.imageName(clip))
        let key = "\(clip.dataset),\(clip.subject),\(clip.name)"
        labels += "\(key),\(clip.label),,\(clip.subject)_\(clip.name).jpg,\n"
        let values = made.landmarks.values.map { String(format: "%.4f", $0) }
        landmarks += "\(key),1,\(values.joined(separator: ","))\n"
        count += 1
      }
    }
    try Self.write(Data(labels.utf8), to: directory + "/" + ReleaseFiles.labels)
    try Self.write(Data(landmarks.utf8), to: directory + "/" + ReleaseFiles.landmarks)
    return count
  }

  /// Without syncing: the data set can be made again.
  private static func write(_ data: Data, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "create the file") }
    defer { close(file) }
    try AtomicFile.writeAll(data, to: file, path: path)
  }
}
