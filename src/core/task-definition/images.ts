const ECR_IMAGE = /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//;

/** True for an image of a private ECR registry, which only credentials of the account may pull. */
export const isEcrImage = (image: string | undefined): boolean => ECR_IMAGE.test(image ?? '');
