"""The DataLoader of PyTorch over a folder of pictures: FOLDER SIDE WORKERS. See participant.ts."""

import json
import pathlib
import sys

folder, side, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    import torch
    from PIL import Image
    from torchvision import transforms
except ImportError as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit()

shape = transforms.Compose(
    [transforms.Resize(side), transforms.CenterCrop(side), transforms.PILToTensor()]
)


class Pictures(torch.utils.data.Dataset):
    files = sorted(pathlib.Path(folder).iterdir())

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return shape(Image.open(self.files[index]).convert("RGB"))


if __name__ == "__main__":
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        loader = torch.utils.data.DataLoader(Pictures(), batch_size=64, num_workers=workers)
        count = sum(len(batch) for batch in loader)
        print(json.dumps({"count": count}), flush=True)
