"""The pictures of a folder as a data set of PyTorch."""

import pathlib

import torch
from PIL import Image


class PictureFiles(torch.utils.data.Dataset):
    def __init__(self, folder, shape):
        self.files = sorted(pathlib.Path(folder).iterdir())
        self.shape = shape

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return self.shape(Image.open(self.files[index]).convert("RGB"))
