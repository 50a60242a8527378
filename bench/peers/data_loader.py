"""The DataLoader of PyTorch over a folder of pictures: FOLDER SIDE WORKERS. See participant.ts."""

import json
import sys

folder, side, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    import torch
    from torchvision import transforms

    from picture_files import PictureFiles
except ImportError as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit()

shape = transforms.Compose(
    [transforms.Resize(side), transforms.CenterCrop(side), transforms.PILToTensor()]
)


if __name__ == "__main__":
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        files = PictureFiles(folder, shape)
        loader = torch.utils.data.DataLoader(files, batch_size=64, num_workers=workers)
        count = sum(len(batch) for batch in loader)
        print(json.dumps({"count": count}), flush=True)
