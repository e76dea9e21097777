//! COCO detection scores.
